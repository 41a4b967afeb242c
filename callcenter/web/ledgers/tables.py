"""The list of ledgers, one ledger as a live table, and the same on paper."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.days import local
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Channel, Department, Role, State, TicketType
from callcenter.services import access
from callcenter.services.dispatch import board
from callcenter.services.dispatch.buildings import in_order
from callcenter.services.ledgers import catalogue, taking, views
from callcenter.services.ledgers.columns import MOMENTS, Ledger
from callcenter.services.ledgers.filters import Filters
from callcenter.services.ledgers.reading import Asked, Reader
from callcenter.storage import facts
from callcenter.storage.tables import RoomRow, TicketRow
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.ledgers.shared import READERS, address, asked, asked_ledger, blueprint, columns_of
from callcenter.web.security import needs, signed_in

#: lines a page of paper may have; what is more is exported
ON_PAPER = 1000
#: which column of a ledger shows the moment it can be ordered by
_SHOWS = {"received": {"received_at"}, "completed": {"completed_at"}, "closed": {"closed_at"}, "dispatched": {"dispatched_at"},
          "saved": {"saved_at", "attempted_at", "sent_at", "ordered_at", "recorded_at", "visited_at"}, "raised": {"escalated_at"},
          "rung": {"ring_started_at"}, "handed": {"handed_at"}}


@blueprint.get("/ledgers")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """Every ledger this person may open, and the views they have saved or been given, with their counts."""
    now, person = clock.now(), signed_in()
    with hotline().store.reading() as session:
        saved = views.seen(hotline(), session, person.user, person.roles, language(), now, counting=True)
        people = facts.people(session)
    return render_template("ledgers/index.html", ledgers=catalogue.readable(person.roles), views=saved, people=people, far=views.FAR,
                           may_export=access.may_export(person.roles))


@blueprint.get("/ledgers/<code>")
@needs(*READERS)
def show(code: str) -> ResponseReturnValue:
    """One ledger, cut down as the address says, a page at a time; the table alone when a script asks."""
    return table(asked_ledger(code))


def table(ledger: Ledger, no: Refused | None = None, values: Any = None) -> ResponseReturnValue:
    """The page of a ledger; with what was refused and typed, as a form left it."""
    now, held, person = clock.now(), request.values, signed_in()
    wish, chosen = asked(ledger, held, now), columns_of(ledger, held)
    columns = ledger.chosen(chosen)
    with hotline().store.reading() as session:
        reader = Reader(hotline(), session, wish)
        page, total = reader.page(held.get("after", ""), held.get("before", "")), reader.count()
        rows = [(_number(entry.row), reader.cells(entry, columns)) for entry in page.entries]
        args = address(wish.filters, chosen)
        shown = {"ledger": ledger, "wish": wish.filters, "columns": columns, "rows": rows, "page": page, "total": total, "args": args,
                 "moments": MOMENTS, "sorts": _sorts(ledger, wish.filters, chosen), "first": not (held.get("after") or held.get("before"))}
        if request.headers.get("X-Partial"):
            return render_template("ledgers/_table.html", **shown)
        saved = views.seen(hotline(), session, person.user, person.roles, language(), now, ledger)
        shown |= {"choices": _choices(session, hotline().rulebook.policy, ledger), "views": saved, "names": taking.NAMES,
                  "cut": list(taking.described(session, ledger, wish.filters, language())), "people": facts.people(session)}
    return render_template("ledgers/ledger.html", **shown, periods=_periods(wish, chosen),
                           may_export=access.may_export(person.roles), may_unmask=access.may_export(person.roles, unmasked=True),
                           this_view=held.get("view", ""), error=forms.reason(no) if no else None, values=values or {}), 422 if no else 200


@blueprint.get("/ledgers/<code>/print")
@needs(*READERS)
def paper(code: str) -> ResponseReturnValue:
    """The ledger as it is filtered, on A4 across, its head on every page; masked, as on the screen."""
    ledger, now = asked_ledger(code), clock.now()
    wish, chosen = asked(ledger, request.args, now), columns_of(ledger, request.args)
    columns = ledger.chosen(chosen)
    with hotline().store.reading() as session:
        reader = Reader(hotline(), session, wish)
        total = reader.count()
        lines = [reader.cells(entry, columns) for entry in reader.page(size=ON_PAPER).entries]
        cut = list(taking.described(session, ledger, wish.filters, language()))
    return render_template("print/ledger.html", ledger=ledger, columns=columns, lines=lines, total=total, cut=cut, printed_at=now, most=ON_PAPER,
                           back=url_for("ledgers.show", code=ledger.code, **address(wish.filters, chosen)), by=signed_in().name)


def _number(row: Any) -> str | None:
    """The ticket a line of the ledger opens, if the line is a ticket."""
    return row.number if isinstance(row, TicketRow) else None


def _sorts(ledger: Ledger, wish: Filters, chosen: list[str]) -> dict[str, tuple[str, str]]:
    """Column → the address that orders by it, and how it is ordered now (descending, ascending or none)."""
    first = next(iter(ledger.source.moments))
    found = {}
    for moment in ledger.source.moments:
        current = (wish.by or first) == moment
        turned = replace(wish, by="" if moment == first else moment, oldest_first=current and not wish.oldest_first)
        link = url_for("ledgers.show", code=ledger.code, **address(turned, chosen))
        for column in ledger.columns:
            if column.key in _SHOWS[moment]:
                found[column.key] = (link, ("ascending" if wish.oldest_first else "descending") if current else "none")
    return found


def _periods(wish: Asked, chosen: list[str]) -> list[tuple[str, str, bool]]:
    """Usual periods: name, address, whether it is the one shown."""
    today = local(wish.now).date()
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    spans: list[tuple[str, date | None, date | None]] = [
        (gettext("全部"), None, None), (gettext("今天"), today, today), (gettext("昨天"), today - timedelta(days=1), today - timedelta(days=1)),
        (gettext("本周"), today - timedelta(days=today.weekday()), today), (gettext("本月"), month, today),
        (gettext("上月"), before, month - timedelta(days=1))]
    return [(name, url_for("ledgers.show", code=wish.ledger.code, **address(replace(wish.filters, since=since, until=until), chosen)),
             (wish.filters.since, wish.filters.until) == (since, until)) for name, since, until in spans]


def _choices(session: Any, policy: Policy, ledger: Ledger) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in the filters this ledger has."""
    speak, own = language(), signed_in().compounds
    compounds = board.compounds(session, own)
    people = sorted((p for p in facts.people(session).values() if p.active), key=lambda p: (p.user))
    standing = sa.select(RoomRow.compound, RoomRow.building).where(RoomRow.compound.in_(list(compounds))).distinct()
    buildings = [(c, b) for c, b in session.execute(standing)] if "building" in ledger.filters else []
    buildings.sort(key=lambda one: (one[0], in_order(one[1])))
    departments = [(d.value, d.label(speak)) for d in Department]
    types = [t for t in TicketType if not ledger.types or t in ledger.types]
    return {
        "compound": list(compounds.items()), "building": [(f"{c}:{b}", f"{compounds[c]} · {b}") for c, b in buildings],
        "type": [(t.value, t.label(speak)) for t in types], "category": [(c.code, f"{c.code} {c.label(speak)}") for c in policy.categories.values()],
        "state": [(s.value, s.label(speak)) for s in State], "channel": [(c.value, c.label(speak)) for c in Channel],
        "owner": [(p.user, f"{p.name} · {p.user}") for p in people if p.can_sign_in and not p.roles <= {Role.TECHNICIAN, Role.CONTRACTOR}],
        "technician": [(p.user, f"{p.name} · {p.user}") for p in people if p.roles & {Role.TECHNICIAN, Role.CONTRACTOR}],
        "department": departments, "accused": departments,
        "overdue": [(code, word.label(speak)) for code, word in taking.OVERDUE.items()], "dissatisfied": [("1", gettext("客户不满意过"))]}

