"""What everybody may read: the price list, this month's figures without a name, and the surveys that were published."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import local
from callcenter.domain.figures import Figure
from callcenter.domain.policy import Category, Policy
from callcenter.domain.vocabulary import TicketType
from callcenter.services import figures
from callcenter.services.hotline import Hotline
from callcenter.storage.survey_tables import SurveyRow
from callcenter.storage.tables import CompoundRow

#: the figures everybody may read
SHOWN = ("K01", "K04", "K05", "K06", "K08", "K16")
#: told of fewer cases, a figure could be about somebody
FEWEST = 5
#: counted again no sooner than that, however many people look
KEPT = timedelta(minutes=10)
#: the newest surveys
SURVEYS = 12


@dataclass(slots=True)
class Month:
    """This month's public figures, counted at most once in ten minutes a process."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: tuple[Figure, ...] = ()
    _at: datetime | None = None

    def figures(self, hotline: Hotline, now: datetime) -> tuple[Figure, ...]:
        """The figures from the first of the month on; `as_of` says until when."""
        with self._lock:
            if self._at is None or not timedelta() <= now - self._at < KEPT or local(now).month != local(self._at).month:
                with hotline.store.reading() as session:
                    self._found = tuple(figures.all_figures(hotline, session, now, first_of_month(now), now, codes=SHOWN))
                self._at = now
            return self._found


def first_of_month(now: datetime) -> datetime:
    """Midnight of the month's first day, by the wall clock of the compounds."""
    return local(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def few(figure: Figure) -> bool:
    """Whether it rests on too few cases to be told."""
    return figure.n < FEWEST or figure.value is None


def prices(policy: Policy) -> Sequence[Category]:
    """The special services with a marked price that are offered."""
    return [c for c in policy.categories.values() if c.type is TicketType.SPECIAL_SERVICE and c.price is not None and not c.retired]


def surveys(session: Session) -> list[tuple[str, str, str]]:
    """The published surveys, the newest first: the compound's code and name, and the half-year."""
    rows = session.execute(sa.select(SurveyRow.compound, CompoundRow.name, SurveyRow.key).join(CompoundRow, CompoundRow.code == SurveyRow.compound)
                           .where(SurveyRow.published_at.is_not(None)).order_by(SurveyRow.key.desc(), SurveyRow.compound).limit(SURVEYS))
    return [(code, name, key) for code, name, key in rows]
