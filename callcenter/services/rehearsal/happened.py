"""What happens in a rehearsal, as lines of its timeline: read from the ledger and the outbox, each event and message once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Action, Clock, Role, State
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, timers
from callcenter.storage.tables import CallRow, EventRow, MessageRow, TicketRow

CALL_NAMES = {"call_arrives": "来电", "call_answered": "接听", "call_held": "保持", "call_resumed": "恢复通话", "call_ends": "挂机",
              "returned": "已回拨", "return_call_cancelled": "回拨取消", "recorded": "话后登记", "merged_in": "并入", "unmerged": "撤销并单"}

_AFTER: sa.BindParameter[int] = sa.bindparam("after")
_EVENTS = sa.select(EventRow.id, EventRow.action, EventRow.by.label("by"), EventRow.ticket_id, EventRow.call_id, EventRow.before.label("before"),
                    EventRow.after.label("after"), EventRow.data).where(EventRow.id > _AFTER).order_by(EventRow.id)
_MESSAGES = sa.select(MessageRow.id, MessageRow.role, MessageRow.to.label("to"), MessageRow.channel, MessageRow.notice, MessageRow.text
                      ).where(MessageRow.id > _AFTER).order_by(MessageRow.id)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    at: datetime
    kind: str  #: step, refused, event, message, expect, fault
    ok: bool
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Happened:
    """Tells what has happened since it was last asked."""

    def __init__(self, hotline: Hotline, numbers: Mapping[str, str]) -> None:
        self._hotline, self._handles = hotline, numbers
        self._event, self._message = 0, 0
        self._known: dict[int, str] = {}
        self._people: Mapping[str, Person] = {}  #: as they were at the start: no act of a rehearsal changes the register
        self._due: datetime | None = None
        self._looked = False

    def since_then(self, now: datetime) -> list[Line]:
        """A line for each event, then for each message, since the last time."""
        with self._hotline.store.reading() as session:
            self._due, self._looked = timers.next_due_at(session), True
            return [*self._events(session, now), *self._messages(session, now)]

    def next_due_at(self) -> datetime | None:
        """When the next timer fell due as of the last look: nothing else writes here."""
        if not self._looked:
            with self._hotline.store.reading() as session:
                self._due, self._looked = timers.next_due_at(session), True
        return self._due

    def _events(self, session: Session, now: datetime) -> Iterator[Line]:
        events = session.connection().execute(_EVENTS, {"after": self._event}).all()
        if events and not self._people:
            self._people = facts.people(session)
        for event in events:
            self._event = event.id
            about = self._about(session, event)
            yield Line(now, "event", True, _text(self._people, event, about or self._call(session, event)), {
                "action": event.action, "by": event.by, "ticket": about, "before": event.before, "after": event.after, "data": event.data})

    def _messages(self, session: Session, now: datetime) -> Iterator[Line]:
        for message in session.connection().execute(_MESSAGES, {"after": self._message}):
            self._message = message.id
            yield Line(now, "message", True, f"    → {message.role} {message.to} [{message.channel}] {message.text}", {
                "to": message.to, "role": message.role, "channel": message.channel, "notice": message.notice, "text": message.text})

    def _about(self, session: Session, event: sa.Row[Any]) -> str | None:
        """The file's own name for the event's ticket, or its number."""
        if event.ticket_id is None:
            return None
        if event.ticket_id not in self._known:
            self._known[event.ticket_id] = session.scalars(sa.select(TicketRow.number).where(TicketRow.id == event.ticket_id)).one()
        number = self._known[event.ticket_id]
        return next((h for h, n in self._handles.items() if n == number), number)

    @staticmethod
    def _call(session: Session, event: sa.Row[Any]) -> str:
        return session.get_one(CallRow, event.call_id).sid.removeprefix("rehearsal-") if event.call_id else ""


def _text(people: Mapping[str, Person], event: sa.Row[Any], about: str) -> str:
    moved = "" if event.before == event.after or event.before not in set(State) else f" {State(event.before).zh}→{State(str(event.after)).zh}"
    late = event.data.get("fields", event.data).get("late_ms") or 0
    late_by = f"(迟 {late / 1000:.1f} 秒)" if late else ""
    return f"{about} {_named(event.action)} · {_who(people, event.by)}{moved}{late_by}"


def _named(action: str) -> str:
    """An event's action in words: an act, a rung of a clock, or what the telephone did."""
    if action.startswith("timer:"):
        return f"[{Clock(action.removeprefix('timer:')).zh}]"
    plain = action.removesuffix("_refused").removesuffix("_skipped")
    word = Action(plain).zh if plain in set(Action) else CALL_NAMES.get(plain, plain)
    return f"{word}{'被拒' if action.endswith('_refused') else '(不适用)' if action.endswith('_skipped') else ''}"


def _who(people: Mapping[str, Person], user: str) -> str:
    return f"{people[user].name} {user}" if user in people else Role(user).zh if user in set(Role) else user
