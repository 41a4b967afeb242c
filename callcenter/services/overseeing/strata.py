"""How the month's sample stands: per compound, technician and category, how many were completed, waited for, reached, against the floor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import callbacks
from callcenter.domain.callbacks import Case, Stratum
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import TicketType
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import sampling
from callcenter.storage import facts
from callcenter.storage.tables import CompoundRow

#: lines of the list: the furthest from their floor
MOST = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """One stratum of this month."""

    compound: str
    technician: str
    category: str
    done: int
    called: int  #: reached, or still to be called
    reached: int
    needed: int  #: to be reached for the floor

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.reached)

    @property
    def share(self) -> float:
        return self.reached / self.done


@dataclass(frozen=True, slots=True)
class Sample:
    """The strata furthest from their floor, and how many are short of it in all."""

    lines: tuple[Progress, ...]
    strata: int
    short: int
    done: int
    reached: int
    floor: float


def sample(hotline: Hotline, session: Session, user: str, now: datetime, language: str = "zh") -> Sample:
    """This month's sample in the compounds *user* answers for."""
    staff = facts.staff(session, now)
    floor = hotline.rulebook.policy.follow_up.floor
    person = staff.people.get(user)
    cases = [c for c in sampling.month(hotline, session, now) if person is not None and person.covers(c.stratum[0] or None)]
    spoken = _words(hotline, session, staff, language)
    found = [_progress(spoken(stratum), held, floor) for stratum, held in callbacks.by_stratum(cases).items()]
    found.sort(key=lambda p: (-p.missing, -p.done, p.compound, p.technician, p.category))
    return Sample(tuple(found[:MOST]), len(found), sum(p.missing > 0 for p in found), len(cases), sum(c.reached for c in cases), floor)


def _progress(stratum: Stratum, held: Sequence[Case], floor: float) -> Progress:
    return Progress(*stratum, len(held), sum(c.reached or c.hopeful for c in held), sum(c.reached for c in held), callbacks.needed(len(held), floor))


def _words(hotline: Hotline, session: Session, staff: Staff, language: str) -> Callable[[Stratum], Stratum]:
    """Codes of a stratum as names."""
    compounds = {c.code: c.name for c in session.scalars(sa.select(CompoundRow))}
    categories = hotline.rulebook.policy.categories

    def said(stratum: Stratum) -> Stratum:
        compound, technician, category = stratum
        known = categories.get(category)
        if known is None:
            word = TicketType(category).label(language) if category in set(TicketType) else category
        else:
            word = known.en if language.startswith("en") else known.zh
        return compounds.get(compound, compound), name_of(staff, technician) if technician else "", word

    return said
