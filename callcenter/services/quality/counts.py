"""The quality books as plain rows, for the figures K31, K35 and K36."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from callcenter.domain import clusters as faults_
from callcenter.domain.clusters import Cluster
from callcenter.services.quality.clusters import faults
from callcenter.storage.action_tables import ActionRow, PhraseHitRow, ReviewRow


@dataclass(frozen=True, slots=True)
class ActionDue:
    """A corrective action by its first due time; a reopened one has no `cleared_at` until it is cleared again."""

    number: str
    compound: str | None
    department: str
    due_at: datetime  #: the first one: moving the due day makes nothing timely
    last_due_at: datetime
    cleared_at: datetime | None
    first_cleared_at: datetime | None
    state: str

    def on_time(self, now: datetime) -> bool | None:
        """Cleared by its first due time; None while it is not due yet."""
        if self.cleared_at is not None:
            return self.cleared_at <= self.due_at
        return False if now > self.due_at else None


@dataclass(frozen=True, slots=True)
class Phrase:
    """A forbidden phrase, written (`lint`) or heard in a reviewed call (`review`)."""

    at: datetime
    by: str
    phrase: str
    source: str
    ticket_id: int | None
    call_id: int | None


def actions_due(session: Session, since: datetime | None, until: datetime | None) -> list[ActionDue]:
    """The actions whose first due time lies in [since, until), by that time (K31)."""
    rows = session.execute(sa.select(
        ActionRow.number, ActionRow.compound, ActionRow.department, ActionRow.first_due_at, ActionRow.due_at, ActionRow.cleared_at,
        ActionRow.first_cleared_at, ActionRow.state).where(*_between(ActionRow.first_due_at, since, until))
        .order_by(ActionRow.first_due_at, ActionRow.id))
    return [ActionDue(*row) for row in rows]


def phrase_hits(session: Session, since: datetime | None, until: datetime | None) -> list[Phrase]:
    """What was written to customers and heard in reviewed calls in [since, until), by time (K35); of a review the version that counts,
    by the time the call was answered."""
    written = session.execute(sa.select(PhraseHitRow.at, PhraseHitRow.by, PhraseHitRow.phrase, PhraseHitRow.ticket_id).where(
        *_between(PhraseHitRow.at, since, until)))
    later = aliased(ReviewRow)
    heard = session.execute(sa.select(ReviewRow.answered_at, ReviewRow.agent, ReviewRow.heard, ReviewRow.call_id).where(
        *_between(ReviewRow.answered_at, since, until),
        ~sa.exists().where(later.call_id == ReviewRow.call_id, later.version > ReviewRow.version)))
    found = [Phrase(at, by, phrase, "lint", ticket, None) for at, by, phrase, ticket in written]
    found += [Phrase(at, agent, phrase, "review", None, call) for at, agent, phrases, call in heard for phrase in phrases]
    return sorted(found, key=lambda p: (p.at, p.by, p.phrase))


def clusters(session: Session, since: datetime, until: datetime) -> list[Cluster]:
    """The recurring faults whose third ticket or a later one was received in [since, until), the latest first (K36)."""
    held = faults_.clusters(faults(session, since - faults_.WITHIN, until))
    return [c for c in held if c.last_at >= since]


def _between(column: sa.orm.InstrumentedAttribute[datetime], since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    return [*([column >= since] if since else []), *([column < until] if until else [])]
