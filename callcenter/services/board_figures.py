"""The figures as a supervisor reads them: value, cases, target, judged only where there are enough cases, and the tickets behind each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import FIGURES, Figure
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import State, TicketType
from callcenter.services import figures, many_tickets
from callcenter.services.dispatch_view import scope
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow

#: the lower the better: their target is a ceiling
CEILINGS = frozenset({"K03", "K04b", "K10", "K11", "K12", "K18", "K20"})
#: tickets listed behind one figure
MOST = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure and what it is to be held against."""

    figure: Figure
    target: float | None
    ceiling: bool

    @property
    def code(self) -> str:
        return self.figure.code

    @property
    def percent(self) -> str:
        """"98.3 %"; a dash when there is nothing to divide by, never 0 or 100 %. Cut, not rounded: 99.96 % is not 100 %."""
        value = self.figure.value
        return "—" if value is None else f"{int(value * 1000 + 1e-9) / 10:.1f} %"

    @property
    def target_text(self) -> str | None:
        return None if self.target is None else f"{'≤' if self.ceiling else '≥'} {self.target * 100:g} %"

    @property
    def tone(self) -> str:
        """ok or bad against the target; neutral without one, without data, and under thirty cases."""
        value = self.figure.value
        if value is None or self.target is None or self.figure.few:
            return "neutral"
        met = value <= self.target if self.ceiling else value >= self.target
        return "ok" if met else "bad"


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket behind a figure."""

    number: str
    type: TicketType
    state: State
    place: str
    owner: str
    received_at: datetime
    content: str


def shown(hotline: Hotline, session: Session, now: datetime, since: datetime | None) -> list[Shown]:
    """Every figure over what was received since *since*, in the order of its code."""
    targets = hotline.rulebook.policy.targets
    return [Shown(f, targets.get(f.code), f.code in CEILINGS) for f in figures.all_figures(hotline, session, now, since)]


def one(hotline: Hotline, session: Session, user: str, code: str, now: datetime, since: datetime | None) -> tuple[Shown, list[Case]] | None:
    """One figure with the tickets behind it that *user* may see; None for a code that does not exist."""
    if code not in FIGURES:
        return None
    found = next(s for s in shown(hotline, session, now, since) if s.code == code)
    staff = facts.staff(session, now)
    return found, _cases(session, staff, user, list(dict.fromkeys(found.figure.cases))[:MOST])


def _cases(session: Session, staff: Staff, user: str, numbers: Sequence[str]) -> list[Case]:
    rows = [row for part in many_tickets.chunks(numbers) for row in session.scalars(
        sa.select(TicketRow).where(TicketRow.number.in_(part), scope(staff, user, None)))]
    return [Case(r.number, TicketType(r.type), State(r.state), r.place, name_of(staff, r.owner), r.received_at, r.content)
            for r in sorted(rows, key=lambda r: r.received_at, reverse=True)]
