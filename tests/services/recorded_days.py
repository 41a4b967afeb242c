"""A day played into a database as people would have lived it: the demo day, or a handful of calls written by hand."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from callcenter.domain import dispatching
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, Role
from callcenter.services import tickets, timers
from callcenter.services.demo import written_day
from callcenter.services.demo.written_day import Doing
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import calls
from callcenter.storage import facts
from callcenter.storage import timers as armed
from callcenter.storage.tables import CallRow, TicketRow

#: eight in the morning of an ordinary Tuesday, Shanghai time
EIGHT = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
_FLAGS = {"yes": True, "no": False}


class Living:
    """One day on one hotline; timers fire at their own second."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline, self.numbers, self.busy, self.senders = hotline, dict[int, str](), dict[str, datetime](), 0

    def live(self, day: Iterable[Doing], start: datetime = EIGHT) -> None:
        for doing in day:
            at = start + timedelta(milliseconds=doing.at // timedelta(milliseconds=1))
            self.until(at)
            try:
                self.do(doing, at)
            except Refused:
                continue  # the caller has gone, the matter is settled: such things happen on any day
        self.until(at, inclusive=True)

    def until(self, at: datetime, *, inclusive: bool = False) -> None:
        while True:
            with self.hotline.store.reading() as session:
                due = armed.next_due_at(session)
            if due is None or due > at or (due == at and not inclusive):
                return
            timers.fire_due(self.hotline, due)

    def do(self, doing: Doing, at: datetime) -> None:
        sid, said = f"CA{doing.contact}", {k: _FLAGS.get(v, v) for k, v in doing.fields.items()}
        match doing.what:
            case "ring":
                calls.arrive(self.hotline, sid, said["from"], at)
            case "answer":
                calls.answered(self.hotline, sid, said.get("by") or self.agent(at), at)
            case "hold":
                calls.held(self.hotline, sid, at)
            case "resume":
                calls.resumed(self.hotline, sid, at)
            case "hang_up" | "give_up":
                calls.ended(self.hotline, sid, at)
            case "note":
                calls.dispose(self.hotline, sid, self.answerer(sid), said["disposition"], at)
            case "return_call":
                calls.returned(self.hotline, sid, self.agent(at), said["contact_result"], at)
            case "raise_again":
                raise Refused("not_here")
            case "register":
                act = Act(Action.OPEN_TICKET, self.answerer(sid), {**said, "call": sid})
                self.numbers[doing.contact] = tickets.open_ticket(self.hotline, act, f"{doing.contact}:0", at).number
            case _:
                self.act(doing, said, at)

    def act(self, doing: Doing, said: dict[str, object], at: datetime) -> None:
        number = self.numbers.get(doing.contact)
        if number is None:
            raise Refused("unknown_ticket")
        by = self.who(number, doing.what, at)
        if doing.what == "dispatch" and "to" not in said:
            said["to"] = self.best(number, at)
        if doing.what == "complete":
            said["work_minutes"] = 20
        tickets.carry_out(self.hotline, number, Act(Action(doing.what), by, said), f"{doing.contact}:{doing.what}", at)

    def who(self, number: str, what: str, at: datetime) -> str:
        with self.hotline.store.reading() as session:
            row = session.scalars(sa.select(TicketRow).where(TicketRow.number == number)).one()
            on = facts.duty(session, at)
        if what in ("accept", "depart", "arrive", "complete", "return_slip"):
            return row.assignee or row.owner
        role = {"dispatch": Role.DISPATCHER, "record_callback": Role.CALLBACK}.get(what)
        return next((u for u in sorted(on) if role in on[u].roles), "lead01") if role else row.owner

    def best(self, number: str, at: datetime) -> str:
        with self.hotline.store.reading() as session:
            row = session.scalars(sa.select(TicketRow).where(TicketRow.number == number)).one()
            able = dispatching.candidates(self.hotline.rulebook.policy, facts.staff(session, at), facts.ticket(session, row), at)
        if not able:
            raise Refused("not_on_duty")
        return able[0].person.user

    def agent(self, at: datetime) -> str:
        """Agents on duty in turn."""
        with self.hotline.store.reading() as session:
            on = facts.duty(session, at)
        able = [u for u in sorted(on) if Role.AGENT in on[u].roles]
        self.senders += 1
        return able[self.senders % len(able)]

    def answerer(self, sid: str) -> str:
        with self.hotline.store.reading() as session:
            return session.scalars(sa.select(CallRow.answered_by).where(CallRow.sid == sid)).one() or "lead01"


def demo(hotline: Hotline, contacts: int = 30) -> None:
    """The written demo day."""
    Living(hotline).live(written_day.write(contacts))
