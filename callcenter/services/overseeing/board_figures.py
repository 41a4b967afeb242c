"""The figures as a supervisor reads them: by theme, with their variants beside them, and what is behind each number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import FIGURES, Case, Definition, Dimension, Figure, Theme, from_ms
from callcenter.domain.figures.cases import Shift, Weekday
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import ANSWERING, Department, Role, State, TicketType, Word
from callcenter.services import figures, masking
from callcenter.services.figures import Members, Scope
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers.columns import Column
from callcenter.services.ledgers.files import Head
from callcenter.services.many_tickets import chunks
from callcenter.services.reports.sheet import Both
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, CompoundRow, TicketRow

#: the lower the better: their target is a ceiling
CEILINGS = frozenset(code for code, d in FIGURES.items() if d.ceiling)


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure, and those that are read beside it."""

    figure: Figure
    beside: tuple["Shown", ...] = ()

    @property
    def code(self) -> str:
        return self.figure.code

    @property
    def definition(self) -> Definition:
        return FIGURES[self.figure.code]

    @property
    def percent(self) -> str:
        """The value as a person reads it; a dash when there is nothing to divide by."""
        return self.figure.text

    @property
    def target_text(self) -> str | None:
        return self.figure.target_text

    @property
    def tone(self) -> str:
        """ok or bad against the target; neutral without one, without data, and under thirty cases."""
        return {True: "ok", False: "bad", None: "neutral"}[self.figure.met]


@dataclass(frozen=True, slots=True)
class Line:
    """A case behind a figure: the ticket, call, report … it is about."""

    case: Case
    kind: str  #: ticket, call or other
    at: datetime
    type: TicketType | None = None
    state: State | None = None
    place: str = ""
    owner: str = ""
    home: bool = False  #: the place is somebody's home

    @property
    def of(self) -> str:
        return self.case.of


def shown(hotline: Hotline, session: Session, now: datetime, since: datetime | None, until: datetime | None = None,
          where: Mapping[str, str] | None = None, scope: Scope | None = None) -> dict[Theme, list[Shown]]:
    """Every figure of a period, theme by theme, each with its variants."""
    found = {f.code: f for f in figures.all_figures(hotline, session, now, since, until, where, scope)}
    themes: dict[Theme, list[Shown]] = {theme: [] for theme in Theme}
    for code, figure in found.items():
        if FIGURES[code].beside is None:
            themes[FIGURES[code].theme].append(with_variants(found, figure))
    return themes


def with_variants(found: Mapping[str, Figure], figure: Figure) -> Shown:
    """A figure with those that are read beside it."""
    return Shown(figure, tuple(Shown(found[code]) for code, d in FIGURES.items() if d.beside == figure.code and code in found))


@dataclass(frozen=True, slots=True)
class Detail:
    """One figure with what is behind one of its numbers, and the parts it falls into."""

    shown: Shown
    members: Members
    lines: list[Line]
    parts: list[tuple[str, Shown]]


def one(hotline: Hotline, session: Session, user: str, code: str, now: datetime, since: datetime | None, until: datetime | None = None,
        where: Mapping[str, str] | None = None, part: str = "missed", by: str | None = None, page: int | None = 1) -> Detail | None:
    """One figure over what *user* may see; None for a code that does not exist."""
    if code not in FIGURES:
        return None
    scope = figures.scope_of(facts.staff(session, now), user)
    found = {f.code: f for f in figures.all_figures(hotline, session, now, since, until, where, scope, family(code))}
    members = figures.members(hotline, session, code, now, since, until, part, where, scope, page)
    parts = figures.broken_down(hotline, session, code, by, now, since, until, where, scope) if by else []
    return Detail(with_variants(found, found[code]), members, lines(session, members.cases, now), [(value, Shown(f)) for value, f in parts])


_COLUMNS = (("at", "时刻", "When"), ("of", "工单/来电", "Ticket or call"), ("mark", "计入", "Counted"), ("type", "类型", "Type"),
            ("state", "状态", "Status"), ("place", "位置", "Place"), ("owner", "当前责任人", "Owner"))


def as_list(shown_: Shown, found: Sequence[Line], title: str, language: str) -> tuple[Head, list[list[Any]]]:
    """The cases as a list to take away: homes are masked to the building."""
    columns = tuple(Column(key, Both(zh, en), lambda entry: None) for key, zh, en in _COLUMNS)
    rows = [[line.at, line.of, line.case.mark, line.type, line.state, masking.place(line.place, line.home), line.owner] for line in found]
    return Head(title, (shown_.figure.how(language),), columns, language), rows


def family(code: str) -> list[str]:
    """A figure and its variants."""
    return [code, *(other for other, d in FIGURES.items() if d.beside == code)]


def lines(session: Session, cases: Sequence[Case], now: datetime) -> list[Line]:
    """The cases with what they are about, in the order given."""
    staff = facts.staff(session, now)
    tickets = {row.number: row for part in chunks(sorted({c.of for c in cases}))
               for row in session.scalars(sa.select(TicketRow).where(TicketRow.number.in_(part)))}
    rest = sorted({c.of for c in cases} - set(tickets))
    calls = {row.sid: row for part in chunks(rest) for row in session.scalars(sa.select(CallRow).where(CallRow.sid.in_(part)))}
    return [_line(staff, case, tickets.get(case.of), calls.get(case.of)) for case in cases]


def _line(staff: Staff, case: Case, ticket: TicketRow | None, call: CallRow | None) -> Line:
    at = from_ms(case.at)
    if ticket is not None:
        return Line(case, "ticket", at, TicketType(ticket.type), State(ticket.state), ticket.place, name_of(staff, ticket.owner),
                    ticket.room_id is not None)
    if call is not None:
        return Line(case, "call", at, owner=name_of(staff, call.answered_by) if call.answered_by else "")
    return Line(case, "other", at, place=case.dimensions.get("compound", ""))


_VOCABULARIES: Mapping[Dimension, type[Word]] = {
    Dimension.TYPE: TicketType, Dimension.DEPARTMENT: Department, Dimension.ACCUSED: Department, Dimension.SHIFT: Shift, Dimension.WEEKDAY: Weekday}


class Words:
    """What the values of dimensions are called."""

    def __init__(self, hotline: Hotline, session: Session, language: str) -> None:
        self.policy, self.language = hotline.rulebook.policy, language
        self.compounds = {row.code: row.name for row in session.scalars(sa.select(CompoundRow).order_by(CompoundRow.code))}
        self.people = facts.people(session)

    def choices(self, scope: Scope) -> dict[Dimension, list[str]]:
        """The values a person may filter by, of those dimensions that have a handful; the others open from a figure's parts."""
        own = [code for code in self.compounds if scope.compounds is None or code in scope.compounds]
        staff = sorted((p for p in self.people.values() if p.active), key=lambda p: p.name)
        departments = [d.value for d in Department]
        return {Dimension.COMPOUND: own, Dimension.TYPE: [t.value for t in TicketType], Dimension.DEPARTMENT: departments,
                Dimension.ACCUSED: departments, Dimension.SHIFT: [s.value for s in Shift],
                Dimension.TECHNICIAN: [p.user for p in staff if Role.TECHNICIAN in p.roles],
                Dimension.AGENT: [p.user for p in staff if p.roles & ANSWERING]}

    def options(self, by: str, values: Sequence[str]) -> list[tuple[str, str]]:
        """The same as a list to choose from."""
        return [(value, self.said(by, value)) for value in values]

    def said(self, by: str, value: str) -> str:
        """The name of a value; a dash for none."""
        if not value:
            return "—"
        match Dimension(by):
            case Dimension.COMPOUND:
                return self.compounds.get(value, value)
            case Dimension.BUILDING:
                compound, _, building = value.partition("/")
                house = building if not building.isdigit() else f"Bldg {building}" if self.language == "en" else f"{building}栋"
                return f"{self.compounds.get(compound, compound)} {house}"
            case Dimension.CATEGORY:
                category = self.policy.categories.get(value)
                return f"{value} {category.label(self.language)}" if category else value
            case Dimension.HOUR:
                return f"{value}:00"
        word = _VOCABULARIES.get(Dimension(by))
        if word is not None:
            return word(value).label(self.language) if value in set(word) else value
        return self.people[value].name if value in self.people else value


__all__ = ["CEILINGS", "Detail", "Line", "Members", "Shown", "Words", "as_list", "family", "lines", "one", "shown", "with_variants"]
