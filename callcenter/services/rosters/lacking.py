"""What the roster lacks, kept between page views: worked out anew after a minute, or as soon as roster, leave, people or rules have changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.roster import Gap
from callcenter.domain.vocabulary import Trade
from callcenter.services.hotline import Hotline
from callcenter.services.rosters import telling
from callcenter.storage import facts
from callcenter.storage.tables import LeaveRow

#: time passes: a gap comes within the day ahead, a turn has begun
KEPT_FOR = timedelta(minutes=1)
_LEAVE = sa.select(sa.func.max(LeaveRow.id), sa.func.count(LeaveRow.withdrawn_at))


@dataclass(frozen=True, slots=True)
class _Kept:
    """The gaps as they were at an instant, and what they were worked out from."""

    at: datetime
    version: tuple[object, ...]
    gaps: list[Gap]


_databases: WeakKeyDictionary[sa.Pool, _Kept] = WeakKeyDictionary()


def gaps(session: Session, hotline: Hotline, now: datetime) -> list[Gap]:
    """`telling.gaps_ahead`, at most a minute old and never older than the last change of what it is worked out from."""
    pool, version = session.get_bind().engine.pool, _version(session, hotline)
    kept = _databases.get(pool)
    if kept is None or kept.version != version or not kept.at <= now < kept.at + KEPT_FOR:
        kept = _databases[pool] = _Kept(now, version, telling.gaps_ahead(session, hotline, now))
    return kept.gaps


def _version(session: Session, hotline: Hotline) -> tuple[object, ...]:
    """Differs whenever a turn, a leave, an entry of a person or what the rules ask of an electrician does."""
    return (*session.execute(facts.VERSIONS).one(), *session.execute(_LEAVE).one(), hotline.rulebook.policy.certificates.get(Trade.ELECTRICIAN))
