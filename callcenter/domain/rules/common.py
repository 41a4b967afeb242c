"""What every guard gets, and the small questions all of them ask."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callcenter.domain import dispatching
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Act, Effect, Person, Refused, Staff, Ticket
from callcenter.domain.vocabulary import COMPLAINTS, Clock, Role, State

#: the work is done: what belongs to the time before it is over
DONE = frozenset({State.COMPLETED, State.VERIFYING, State.CALLBACK_DUE})


@dataclass(frozen=True, slots=True)
class Context:
    """An act on a ticket with all that its rule may look at."""

    policy: Policy
    staff: Staff
    ticket: Ticket
    act: Act
    now: datetime
    roles: frozenset[Role]
    other: Ticket | None = None  #: the second ticket of a merge

    def get(self, name: str, default: Any = None) -> Any:
        return self.act.fields.get(name, default)

    def person(self, user: str) -> Person:
        """The colleague called *user*.

        Raises:
            Refused: there is none.
        """
        person = self.staff.people.get(user)
        if person is None or not person.active:
            raise Refused("unknown_person", person=user)
        return person

    @property
    def complaint(self) -> bool:
        return self.ticket.type in COMPLAINTS

    def broken(self, *keys: Clock) -> bool:
        """Whether any promise of these kinds was broken on this ticket."""
        return any(p.key in keys and p.status(self.now) == "broken" for p in self.ticket.promises)

    @property
    def above_desk(self) -> bool:
        """Supervisor or higher."""
        return bool(self.roles & {Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM})

    @property
    def handler_name(self) -> str:
        """How the customer and colleagues are told who comes."""
        user = self.ticket.assignee or ""
        return name_of(self.staff, user)


#: answers the state after (None: as the flow says) and the effects
Guard = Callable[[Context], tuple[State | None, list[Effect]]]


def name_of(staff: Staff, user: str) -> str:
    """A person's name, a team's name, or the code itself."""
    if user in staff.people:
        return staff.people[user].name
    team = dispatching.team_of(user)
    return f"{team.zh}班组" if team else user
