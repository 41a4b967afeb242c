"""One transaction's writing on one ticket: decide, write, tell, record, and what follows from it."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import rules
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import (
    Acknowledge,
    Act,
    Assign,
    Count,
    Effect,
    EndEscalations,
    Escalate,
    ForChildren,
    Refused,
    Set,
    Staff,
    Stamp,
    Tell,
    Then,
    Ticket,
    Void,
)
from callcenter.domain.vocabulary import Action, Role, State
from callcenter.services import merging
from callcenter.services.field import arrivals, devices
from callcenter.services.hotline import Hotline
from callcenter.services.telling import Speaker
from callcenter.storage import facts, ledger
from callcenter.storage.store import wake_later
from callcenter.storage.tables import EventRow, TicketRow
from callcenter.storage.writing import Writer

_PEOPLE = (Tell, Escalate, Acknowledge, EndEscalations)
_CHANGING = (Set, Assign, Stamp, Count)


class Writing:
    """One transaction's writing on one ticket: decide, write, tell, record, and what follows from it."""

    def __init__(self, session: Session, hotline: Hotline, row: TicketRow, now: datetime, staff: Staff | None = None) -> None:
        self.session, self.hotline, self.row, self.now = session, hotline, row, now
        self.policy: Policy = hotline.rulebook.of(session, row.policy_id)
        self.staff = staff or facts.staff(session, now)

    @property
    def state(self) -> State:
        return State(self.row.state)

    def decide(self, act: Act, key: str) -> EventRow:
        """Have the rules decide on *act* and write what they decided."""
        other = self._other(act)
        before = arrivals.with_site(self.session, self.row, facts.ticket(self.session, self.row), act)
        decision = rules.decide(self.policy, self.staff, before, act, self.now, other)
        if act.action in (Action.MERGE, Action.UNMERGE):
            return merging.write(self, decision, act, key)
        return self.apply(decision.effects, decision.state, act.action, arrivals.untold(act), key)

    def _other(self, act: Act) -> Ticket | None:
        """The second ticket an act is about; of a caller whose mass incident was restored the incident, which this transaction holds already."""
        named = {Action.MERGE: "into", Action.JOIN_INCIDENT: "parent", Action.PREEMPT: "urgent"}.get(act.action)
        if named:
            return merging.other(self.session, act.get(named))
        with_parent = act.action is Action.RESTORE and act.by == Role.SYSTEM and self.row.details.get("parent")
        return merging.other(self.session, self.row.details["parent"]) if with_parent else None

    def apply(self, effects: Iterable[Effect], state: State, action: str, act: Act, key: str, known: Ticket | None = None) -> EventRow:
        """Write *effects* and the event that tells of them, then what follows from it, by the system.

        *known* is the ticket as just read; it saves reading it again when nothing the messages depend on changes.
        """
        effects, before = list(effects), self.state
        writer = Writer(self.session, self.policy, self.row, act.by, self.now)
        for effect in effects:
            writer.write(effect)
        self.row.state, self.row.version = state, self.row.version + 1
        told = self._tell(effects, writer, key, None if any(isinstance(e, _CHANGING) for e in effects) else known)
        data = _data(effects, act, told) | devices.record(self.session, self.row, act, self.now)
        event = ledger.append(self.session, self.row, key, action, act.by, self.now, before=before, after=state, data=data)
        wake_later(self.session, "ticket", number=self.row.number)
        for n, then in enumerate(e for e in effects if isinstance(e, Then)):
            self._follow_on(then, f"{key}+{n}")
        for all_ in (e for e in effects if isinstance(e, ForChildren)):
            self._for_children(all_, key)
        return event

    def _for_children(self, effect: ForChildren, key: str) -> None:
        """What happens to a mass incident happens to everybody who called about it."""
        children = self.session.scalars(sa.select(TicketRow).where(
            TicketRow.compound == self.row.compound, TicketRow.state.in_([State.NEW, State.REWORK])).order_by(TicketRow.id).with_for_update())
        for child in children:
            if child.details.get("parent") == self.row.number:
                theirs = Writing(self.session, self.hotline, child, self.now, self.staff)
                theirs._follow_on(Then(effect.action, effect.fields), f"{key}:{child.number}")

    def tell(self, tell: Tell, by: str, key: str) -> list[tuple[str, str]]:
        """A message about what is no act of the rules and has an event of its own; role and person of everybody told."""
        return self._tell([tell], Writer(self.session, self.policy, self.row, by, self.now), key, None)

    def _tell(self, effects: list[Effect], writer: Writer, key: str, known: Ticket | None) -> list[tuple[str, str]]:
        if not any(isinstance(e, (*_PEOPLE, Void)) for e in effects):
            return []
        ticket = known or facts.ticket(self.session, self.row)
        speaker = Speaker(self.session, self.policy, self.staff, self.row, ticket, writer, key, self.now, [], {}, self.hotline)
        for effect in effects:
            if isinstance(effect, (*_PEOPLE, Void)):
                speaker.say(effect)
        speaker.write_down()
        return speaker.told

    def _follow_on(self, then: Then, key: str) -> None:
        """A further act by the system; where the ticket has moved on meanwhile it simply does not apply."""
        try:
            self.decide(Act(then.action, Role.SYSTEM, then.fields), key)
        except Refused as no:
            ledger.append(self.session, self.row, key, f"{then.action}_skipped", Role.SYSTEM, self.now,
                          before=self.row.state, after=self.row.state, data={"refused": no.code})


def _data(effects: list[Effect], act: Act, told: list[tuple[str, str]]) -> dict[str, object]:
    """What the event says besides who, what and when: the fields as filled in, the promises touched, who was told."""
    touched = [{"does": type(e).__name__.lower(), "clock": e.key, "due_at": getattr(e, "due_at", None)}
               for e in effects if hasattr(e, "key") and type(e).__name__ != "EndEscalations"]
    return {"fields": {k: v for k, v in act.fields.items() if v is not None}, "promises": touched,
            "told": [list(t) for t in told],
            "levels": [e.level for e in effects if isinstance(e, Escalate)]}
