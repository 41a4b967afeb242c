"""What may happen to a corrective action, by whom, and what it leads to (F16, R095, R106, R107)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.domain.quality import ActionState, Deed
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Department, Role

#: may open an action, change what it asks and look whether it was done
KEEPERS = frozenset({Role.SUPERVISOR, Role.PM, Role.QUALITY})
#: the look-back, when nobody names a day for it
LOOK_BACK = timedelta(days=30)
#: from which states a deed may follow
FROM: Mapping[Deed, frozenset[ActionState]] = {
    Deed.CHANGED: frozenset(ActionState) - {ActionState.CLEARED},
    Deed.BEGUN: frozenset({ActionState.TO_DO, ActionState.IN_HAND}),
    Deed.PROGRESS: frozenset({ActionState.IN_HAND}),
    Deed.SUBMITTED: frozenset({ActionState.IN_HAND}),
    Deed.PASSED: frozenset({ActionState.TO_CHECK}),
    Deed.RETURNED: frozenset({ActionState.TO_CHECK}),
    Deed.HELD: frozenset({ActionState.CLEARED}),
    Deed.REOPENED: frozenset({ActionState.CLEARED}),
}
TO: Mapping[Deed, ActionState] = {
    Deed.BEGUN: ActionState.IN_HAND, Deed.SUBMITTED: ActionState.TO_CHECK, Deed.PASSED: ActionState.CLEARED,
    Deed.RETURNED: ActionState.IN_HAND, Deed.REOPENED: ActionState.IN_HAND}
DOING = frozenset({Deed.BEGUN, Deed.PROGRESS, Deed.SUBMITTED})
CHECKING = frozenset({Deed.PASSED, Deed.RETURNED, Deed.HELD, Deed.REOPENED})


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of an action."""

    state: ActionState
    department: Department
    compound: str | None
    due_at: datetime
    submitted_by: str | None = None
    recheck_at: datetime | None = None
    rechecked_at: datetime | None = None
    round: int = 1


def answers_for(person: Person, department: Department) -> bool:
    """Whether *person* is the one who puts things right in *department*: its head; of the customer service its supervisor."""
    role = Role.SUPERVISOR if department is Department.CUSTOMER_SERVICE else Role.DEPT_HEAD
    return role in person.roles and person.department == department


def sees(person: Person, department: Department, supporting: tuple[str, ...], compound: str | None) -> bool:
    """Whether a record is *person*'s to read: their compounds; a department's head only what concerns the department."""
    if not person.covers(compound):
        return False
    only_head = Role.DEPT_HEAD in person.roles and not person.roles & (KEEPERS | {Role.GM, Role.LEAD, Role.AUDITOR})
    return not only_head or person.department == department or (person.department or "") in supporting


def may(person: Person, action: Standing, deed: Deed) -> bool:
    """Whether *person* may do it, whatever state the action is in; nobody checks their own department or what they submitted."""
    if not person.active or not person.covers(action.compound):
        return False
    if deed in DOING:
        return answers_for(person, action.department)
    if deed in CHECKING:
        return bool(person.roles & KEEPERS) and person.department != action.department and person.user != action.submitted_by
    return bool(person.roles & KEEPERS)


def possible(person: Person, action: Standing) -> list[Deed]:
    """What *person* may do with the action as it stands."""
    return [deed for deed, states in FROM.items() if action.state in states and may(person, action, deed) and not _looked(action, deed)]


def _looked(action: Standing, deed: Deed) -> bool:
    """A look-back is made once for every time the action was cleared."""
    return deed in (Deed.HELD, Deed.REOPENED) and action.rechecked_at is not None


def done(action: Standing, deed: Deed, by: Person, now: datetime, due_at: datetime | None = None, recheck_at: datetime | None = None) -> Standing:
    """
    The action after the deed.

    Raises:
        Refused: "not_allowed", "own_department", "not_next_in_book", "due_in_the_past", "due_needed".
    """
    if deed in CHECKING and by.roles & KEEPERS and not may(by, action, deed):
        raise Refused("own_department")
    if not may(by, action, deed):
        raise Refused("not_allowed", action=deed, who=_who(deed, action.department))
    if action.state not in FROM[deed] or _looked(action, deed):
        raise Refused("not_next_in_book", state=action.state, deed=deed)
    if due_at is not None and due_at <= now and due_at != action.due_at:
        raise Refused("due_in_the_past", when=due_at)
    if deed is Deed.REOPENED and due_at is None:
        raise Refused("due_needed")
    return _moved(action, deed, by, now, due_at, recheck_at)


def _moved(action: Standing, deed: Deed, by: Person, now: datetime, due_at: datetime | None, recheck_at: datetime | None) -> Standing:
    after = replace(action, state=TO.get(deed, action.state), due_at=due_at or action.due_at)
    match deed:
        case Deed.SUBMITTED:
            return replace(after, submitted_by=by.user)
        case Deed.PASSED:
            if recheck_at is not None and recheck_at <= now:
                raise Refused("due_in_the_past", when=recheck_at)
            return replace(after, recheck_at=recheck_at or now + LOOK_BACK, rechecked_at=None)
        case Deed.HELD:
            return replace(after, rechecked_at=now)
        case Deed.REOPENED:
            return replace(after, rechecked_at=now, submitted_by=None, round=action.round + 1)
    return after


def _who(deed: Deed, department: Department) -> list[Role]:
    if deed in DOING:
        return [Role.SUPERVISOR if department is Department.CUSTOMER_SERVICE else Role.DEPT_HEAD]
    return [Role.SUPERVISOR, Role.PM, Role.QUALITY]


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of what is said about an overdue action: how long after it was due, and to whom."""

    after: timedelta
    role: Role


#: the head at once, the supervisor a day later, the project manager after three; then the manager again every week
STEPS = (Step(timedelta(0), Role.DEPT_HEAD), Step(timedelta(days=1), Role.SUPERVISOR), Step(timedelta(days=3), Role.PM))
AGAIN = timedelta(days=7)


def step_due(due_at: datetime, step: int) -> datetime:
    """When rung *step* (from 0) speaks; behind the last one every week, without end."""
    if step < len(STEPS):
        return due_at + STEPS[step].after
    return due_at + STEPS[-1].after + AGAIN * (step - len(STEPS) + 1)


def step_role(step: int) -> Role:
    return STEPS[min(step, len(STEPS) - 1)].role
