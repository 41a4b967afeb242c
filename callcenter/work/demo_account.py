"""The account of a demonstration: what the database holds of it, and the figures."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.config import Settings
from callcenter.domain.figures import Figure
from callcenter.services import figures
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook, read_folder
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import CallRow, MessageRow, PromiseRow, TicketRow


def account(settings: Settings, started: datetime, now: datetime, done: dict[str, int], missed: dict[str, int]) -> str:
    """Lines for a person: calls, tickets, promises, messages, figures with numerator and denominator, and what could not be played."""
    hotline = Hotline(Store(make_engine(settings.database_url)), Rulebook(read_folder(settings.workflows_dir)))
    try:
        with hotline.store.reading() as session:
            counted = _counted(session, started)
            known = [f for f in figures.all_figures(hotline, session, now, started) if f.denominator]
    finally:
        hotline.store.engine.dispose()
    lines = [f"  {name:<28}{n:>6}" for name, n in counted]
    lines += ["", *map(_line, known), "", f"  做成 / played      {_told(done)}", f"  不必或未成 / not played {_told(missed) or '—'}"]
    return "\n".join(["", *lines, ""])


def _line(figure: Figure) -> str:
    return f"  {figure.code:<12}{figure.numerator:>6}/{figure.denominator:<6}{figure.text:>9}  {figure.zh} / {figure.en}"


def _told(counts: dict[str, int]) -> str:
    return " · ".join(f"{what} {n}" for what, n in counts.items())


def _counted(session: Session, started: datetime) -> list[tuple[str, int]]:
    def count(table: type[CallRow | TicketRow | PromiseRow | MessageRow], *where: sa.ColumnElement[bool]) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0

    called = CallRow.ring_started_at >= started
    said = MessageRow.created_at >= started
    return [
        ("来电 / calls", count(CallRow, called)),
        ("接听 / answered", count(CallRow, called, CallRow.answered_at.is_not(None))),
        ("未接挂断 / abandoned", count(CallRow, called, CallRow.state == "abandoned")),
        ("已回拨 / called back", count(CallRow, called, CallRow.return_call == "done")),
        ("工单 / tickets", count(TicketRow, TicketRow.registered_at >= started)),
        ("已办结 / closed", count(TicketRow, TicketRow.registered_at >= started, TicketRow.closed_at.is_not(None))),
        ("超时 / promises broken", count(PromiseRow, PromiseRow.started_at >= started, PromiseRow.broken_at.is_not(None))),
        ("消息 / messages", count(MessageRow, said)),
        ("搁置 / parked", count(MessageRow, said, MessageRow.status.in_(("parked", "unknown")))),
    ]
