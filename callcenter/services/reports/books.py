"""What the quality books bring to a report: corrective actions by department (F16), training needs (F23), the same fault again (K36)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.clusters import Cluster
from callcenter.domain.policy import Policy
from callcenter.domain.quality import ActionState
from callcenter.services.quality import counts
from callcenter.services.reports.sheet import Both, Cell, Count
from callcenter.storage import facts
from callcenter.storage.action_tables import ActionRow, ReviewRow

ACTION_COLUMNS = "整改编号|Action  问题|Problem  状态|State  时限|Due  措施|Measure  进度|Progress"
TRAINING_COLUMNS = "姓名|Name  质检件数|Reviews  平均分|Mean score  禁用语|Forbidden phrases  培训需要|Training need"
CLUSTER_COLUMNS = "类别|Category  地点|Place  件数|Tickets  首件|First  末件|Last"


@dataclass(frozen=True, slots=True)
class Action:
    """A corrective action as a report lists it."""

    department: str
    number: str
    problem: str
    state: ActionState
    due_at: datetime
    line: tuple[Cell, ...]


def actions(session: Session, since: datetime, until: datetime) -> list[Action]:
    """Those that were open at *until*, and those cleared in the window."""
    rows = session.scalars(sa.select(ActionRow).where(
        ActionRow.created_at < until, sa.or_(ActionRow.cleared_at.is_(None), ActionRow.cleared_at >= since)).order_by(ActionRow.due_at, ActionRow.id))
    return [_action(row, until) for row in rows]


def _action(row: ActionRow, until: datetime) -> Action:
    """Cleared later than the window's end, it was still to be checked then."""
    state = ActionState.TO_CHECK if row.cleared_at is not None and row.cleared_at >= until else ActionState(row.state)
    return Action(row.department, row.number, row.problem, state, row.due_at,
                  (row.number, row.problem[:60], state, row.due_at, row.measure[:60], row.progress[:60]))


def agenda(found: Sequence[Action], until: datetime) -> Iterator[tuple[Cell, ...]]:
    """The actions the meeting has to ask about: overdue, or waiting to be checked."""
    for one in found:
        if one.state is ActionState.TO_CHECK or (one.state is not ActionState.CLEARED and one.due_at < until):
            word = one.state if one.due_at >= until or one.state is ActionState.TO_CHECK else Both("整改超期", "overdue action")
            yield Both(f"{one.number} {word.zh}:{one.problem[:30]}", f"{one.number} {word.en}: {one.problem[:30]}"), None


def training(session: Session, since: datetime, until: datetime) -> Iterator[tuple[Cell, ...]]:
    """For every agent whose calls were reviewed or who used a forbidden phrase: how often, how well, and what was found to be needed."""
    last = sa.select(sa.func.max(ReviewRow.id)).where(ReviewRow.answered_at >= since, ReviewRow.answered_at < until).group_by(ReviewRow.call_id)
    reviews: dict[str, list[ReviewRow]] = defaultdict(list)
    for row in session.scalars(sa.select(ReviewRow).where(ReviewRow.id.in_(last)).order_by(ReviewRow.id)):
        reviews[row.agent].append(row)
    hits = Counter(phrase.by for phrase in counts.phrase_hits(session, since, until))
    people = facts.people(session)
    for user in sorted(reviews.keys() | hits.keys()):
        found = reviews.get(user, [])
        needs = "；".join(dict.fromkeys(r.training for r in found if r.training))
        yield (people[user].name if user in people else user, len(found), sum(r.score for r in found) / len(found) if found else None,
               hits[user], needs)


def recurring(session: Session, policy: Policy, since: datetime, until: datetime) -> Iterator[tuple[Cell, ...]]:
    """The same fault at the same place three times within seven days."""
    for found in counts.clusters(session, since, until):
        yield _kind(policy, found), found.place, Count(found.tickets), found.first_at, found.last_at


def _kind(policy: Policy, found: Cluster) -> Both:
    category = policy.categories.get(found.category)
    return Both(f"{category.code} {category.zh}", f"{category.code} {category.en}") if category else Both(found.category, found.category)
