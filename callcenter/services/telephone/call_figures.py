"""The telephone in a period: its figures out of the one catalogue, and every agent's time and calls."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import call_figures
from callcenter.domain.call_figures import Heard, Span
from callcenter.domain.figures import Figure
from callcenter.domain.figures.cases import Ms, to_ms
from callcenter.domain.telephone import AgentState
from callcenter.services.figures import telephone as read
from callcenter.services.figures.asking import Scope
from callcenter.services.hotline import Hotline
from callcenter.services.many_tickets import chunks
from callcenter.services.overseeing.board_figures import Shown
from callcenter.storage.tables import PersonRow


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent's time and calls in a period."""

    user: str
    name: str
    calls: int
    talked: timedelta
    time: dict[AgentState, timedelta]


@dataclass(frozen=True, slots=True)
class Telephone:
    """The telephone in a period: figures, and every agent's part of it."""

    figures: list[Shown]
    agents: list[AgentDay]
    offered: int
    answered: int


def telephone(hotline: Hotline, session: Session, now: datetime, since: datetime, until: datetime | None = None,
              scope: Scope | None = None) -> Telephone:
    """Everything over the inbound calls that began to ring in [*since*, *until*) and the agents' time within it, as of *now*."""
    until = min(until or now, now)
    spans = read.spans(session, since, until)
    calls = [c for c in read.calls(session, since, until, now) if (scope or Scope()).holds(c.dimensions)]
    targets = hotline.rulebook.policy.targets
    found = [Shown(_held_against(f, targets.get(f.code))) for f in call_figures.compute(calls, spans, now)]
    return Telephone(found, _agents(session, calls, spans, to_ms(now)), len(calls), sum(1 for c in calls if c.answered_at is not None))


def _held_against(figure: Figure, target: float | None) -> Figure:
    return figure if target is None else figure.against(target)


def _agents(session: Session, calls: Sequence[Heard], spans: Sequence[Span], now: Ms) -> list[AgentDay]:
    time = call_figures.by_agent(spans)
    mine: dict[str, list[Heard]] = defaultdict(list)
    for call in calls:
        if call.answered_by and call.answered_at:
            mine[call.answered_by].append(call)
    people = sorted({*time, *mine})
    names = {p.user: p.name for part in chunks(people) for p in session.scalars(sa.select(PersonRow).where(PersonRow.user.in_(part)))}
    return [AgentDay(u, names.get(u, u), len(mine[u]), timedelta(milliseconds=sum((c.ended_at or now) - (c.answered_at or now) for c in mine[u])),
                     dict(time.get(u, {}))) for u in people]
