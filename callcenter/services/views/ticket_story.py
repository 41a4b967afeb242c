"""The one timeline of a matter: acts, calls, recordings, timers with how late they were, and messages with who was told."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import local
from callcenter.domain.device_time import Belief
from callcenter.domain.forms import LONGEST, Field, fields_of
from callcenter.domain.photographs import Photograph
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import Action, Clock, ContactResult, Role, State, Word
from callcenter.services import links
from callcenter.services.desk import recordings
from callcenter.services.desk.call_words import CALL_WORDS, OUTCOMES
from callcenter.services.field.photos import ATTACHED
from callcenter.storage.tables import CallRow, EventRow, FormRow, MessageRow, TicketRow

#: filter chips: code, zh, en; an entry may be of several sorts
SORTS = (("act", "办理", "Acts"), ("call", "通话", "Calls"), ("recording", "录音", "Recordings"), ("timer", "时限", "Clocks"),
         ("escalation", "升级", "Escalations"), ("message", "消息", "Messages"))
#: about an escalation although they raise none
_OF_ESCALATIONS = frozenset({Action.ESCALATE, Action.ACKNOWLEDGE, Action.SUPERVISE, Action.ANSWER_SUPERVISION})
#: acts that only belong to the follow-up call (CB13)
_FOLLOW_UP_ACTS = frozenset({Action.RECORD_CALLBACK, Action.CUSTOMER_REPLY, Action.CLOSE_UNREACHABLE, Action.DRAW_FOLLOW_UP})
_FOLLOW_UP_TIMERS = frozenset({"timer:callback", "timer:callback_retry", "timer:midterm_call"})
_BAD = frozenset({Action.REJECT, Action.VOID_DISPATCH, Action.ESCALATE, Action.CLOSE_UNSATISFIED, Action.NO_ACCESS})
_WARN = frozenset({Action.URGE, Action.ADD_CONTACT, Action.POSTPONE, Action.SUSPEND, Action.SUPERVISE, Action.SEND_NOTICE,
                   Action.APPROVE_SPECIAL_CASE, Action.RECOVERY_PROMISE, Action.OFFER_ALL})
#: a timer is said to be late from here on; below it nobody could have noticed
_NOTICEABLE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    sort: str  #: act, call, recording, timer or message
    tone: str  #: call, step, note, warn or bad
    what: Word | tuple[str, str]
    by: str
    before: str | None = None
    after: str | None = None
    fields: tuple[tuple[Field, Any], ...] = ()
    told: tuple[tuple[str, str], ...] = ()  #: (role or roles, user)
    text: str = ""
    level: int = 0
    late: timedelta | None = None  #: how long after its time a timer fired
    due_at: datetime | None = None
    broke: tuple[Clock, ...] = ()
    outcome: str = ""  #: "refused" or "skipped"
    channel: str = ""
    status: str = ""
    heard: tuple[str, str] | None = None  #: what came of a call of ours
    rings: int | None = None
    device_at: datetime | None = None  #: when it was made on a telephone without network
    belief: Belief | None = None  #: and whether that may be believed
    photo: int | None = None  #: the picture it is about
    times: int = 1  #: a timer that said the same again and again with nothing in between is one entry
    number: str = ""  #: the ticket it happened on, where the matter has had several
    recording: recordings.Recording | None = None

    @property
    def sorts(self) -> str:
        """The filters it answers to."""
        raised = self.sort in ("act", "timer") and (self.level > 0 or self.what in _OF_ESCALATIONS)
        return f"{self.sort} escalation" if raised else self.sort

    @property
    def moved(self) -> State | None:
        """The state it led to, if that changed."""
        return State(self.after) if self.sort == "act" and self.after and self.after != self.before else None


@dataclass(slots=True)
class _Letter:
    """Messages of one moment and one wording: one entry, several recipients."""

    row: MessageRow
    told: list[tuple[str, str]] = field(default_factory=list)


def story(session: Session, rows: Collection[TicketRow], staff: Staff, reader: str, *, blind: bool, phone: bool) -> list[Entry]:
    """
    Everything that happened about one matter, the newest first.

    Args:
        rows: its tickets that the reader may read, the one they look at first; of the others no telephone number is told.
        blind: the reader must not learn of follow-up calls (CB13) and sees only messages to themselves.
        phone: the reader sees telephone numbers.
    """
    known = _calls(session, rows, reader if blind else None)
    told = {row.id: row.number if len(rows) > 1 else "" for row in rows}
    events = session.scalars(sa.select(EventRow).where(_about(told, known)).order_by(EventRow.id))
    whole = {next(iter(told)), None} if phone else set()
    seen = (r for r in events if not (blind and _tells_of_follow_up(r)))
    entries = [replace(e, number=told.get(r.ticket_id or 0, "")) for r in seen if (e := _event(r, r.ticket_id in whole)) is not None]
    if blind:
        entries = [replace(e, before=_unseen(e.before), after=_unseen(e.after)) for e in entries]
    entries += _recordings(session, known, staff, reader)
    entries += _messages(session, told, reader if blind else None)
    order = {id(e): n for n, e in enumerate(entries)}
    return list(_joined(sorted(entries, key=lambda e: (e.at, order[id(e)]), reverse=True)))


def by_day(entries: Iterable[Entry]) -> list[tuple[datetime, str, list[Entry]]]:
    """The entries by local day, each with a moment of it and the filters that any of its entries answers to."""
    grouped = [list(held) for _, held in groupby(entries, key=lambda e: local(e.at).date())]
    return [(held[0].at, " ".join(sorted({sort for e in held for sort in e.sorts.split()})), held) for held in grouped]


def _joined(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries; the same clock speaking several times in a row is told once, with how often."""
    held: Entry | None = None
    for entry in entries:
        if held is not None and _says_the_same(entry, held):
            held = replace(held, times=held.times + 1)
            continue
        if held is not None:
            yield held
        held = entry
    if held is not None:
        yield held


def _says_the_same(one: Entry, other: Entry) -> bool:
    same = (one.what, one.tone, one.level, one.number) == (other.what, other.tone, other.level, other.number)
    return one.sort == other.sort == "timer" and same


def _about(tickets: Collection[int], calls: Collection[int]) -> sa.ColumnElement[bool]:
    of_tickets = EventRow.ticket_id.in_(tickets)
    return sa.or_(of_tickets, EventRow.call_id.in_(calls)) if calls else of_tickets


def _calls(session: Session, rows: Collection[TicketRow], only: str | None) -> set[int]:
    """The calls about the matter: registered from, come in again, placed by somebody; of a reader who must not learn of
    follow-ups, only those they placed themselves."""
    again = session.scalars(sa.select(FormRow.fields).where(FormRow.ticket_id.in_([r.id for r in rows]), FormRow.code == "F01"))
    sids = [str(fields["call"]) for fields in again if fields.get("call")]
    placed = CallRow.about_ticket.in_([r.number for r in rows])
    asked = sa.select(CallRow.id).where(sa.or_(CallRow.sid.in_(sids), placed if only is None else sa.and_(placed, CallRow.placed_by == only)))
    return {*session.scalars(asked), *(r.call_id for r in rows if r.call_id)}


def _recordings(session: Session, calls: Collection[int], staff: Staff, reader: str) -> list[Entry]:
    return [Entry(one.at, "recording", "call", ("留言", "Message left") if one.message else ("通话录音", "Recording"), one.by or Role.SYSTEM,
                  recording=one) for one in recordings.of_calls(session, calls, staff, reader)]


def _tells_of_follow_up(row: EventRow) -> bool:
    action = row.action.removesuffix("_refused").removesuffix("_skipped")
    asked = action == Action.MIDTERM_CALL or (action in _FOLLOW_UP_ACTS and row.after == State.CALLBACK_DUE)
    return asked or action in _FOLLOW_UP_TIMERS


def _unseen(state: str | None) -> str | None:
    """The wait for a follow-up call looks like completed work."""
    return State.COMPLETED.value if state == State.CALLBACK_DUE else state


def _event(row: EventRow, phone: bool) -> Entry | None:
    if row.action.startswith("timer:"):
        return _timer(row)
    if row.action in CALL_WORDS:
        text = str(row.data.get("disposition") or "")
        return Entry(row.at, "call", "call", _ended(row), row.by, text=text, rings=row.data.get("rings"))
    ended = next((end for end in ("refused", "skipped") if row.action.endswith(f"_{end}")), "")
    name = row.action.removesuffix(f"_{ended}") if ended else row.action
    device_at, belief = _device(row.data)
    if name == ATTACHED:
        return Entry(row.at, "act", "note", Photograph(row.data["kind"]), row.by, text=row.data.get("signer") or "",
                     photo=row.data["attachment"], device_at=device_at, belief=belief)
    if name not in set(Action):
        return None
    action = Action(name)
    return Entry(
        row.at, "act", _tone(action, ended), action, row.by, row.before, row.after, tuple(_filled(action, row.data, phone)),
        level=max(row.data.get("levels") or [0]), broke=_broken(row.data), outcome=ended, device_at=device_at, belief=belief)


def _device(data: Mapping[str, Any]) -> tuple[datetime | None, Belief | None]:
    held = data.get("device")
    return (held["at"], Belief(held["belief"])) if held else (None, None)


def _ended(row: EventRow) -> tuple[str, str]:
    """What happened to a call; of one that we placed also what came of it."""
    zh, en = CALL_WORDS[row.action]
    result = row.data.get("result")
    return (f"{zh} · {ContactResult(result).zh}", f"{en} · {ContactResult(result).en}") if result in set(ContactResult) else (zh, en)


def _tone(action: Action, outcome: str) -> str:
    if outcome:
        return "bad" if outcome == "refused" else "note"
    return "bad" if action in _BAD else "warn" if action in _WARN else "note" if action is Action.NOTE else "step"


def _filled(action: Action, data: Mapping[str, Any], phone: bool) -> Iterator[tuple[Field, Any]]:
    """The fields as they were typed, under their names; numbers only for those who may see them."""
    held = data.get("fields") or {}
    for one in fields_of(action):
        value = held.get(one.name)
        if value in (None, "", []) or one.name == "call" or (one.name == "contact_phone" and not phone):
            continue
        if not isinstance(one.kind, str) and value in set(one.kind):
            value = one.kind(value)
        yield one, value if not isinstance(value, str) else value[:LONGEST]


def _timer(row: EventRow) -> Entry | None:
    clock = row.action.removeprefix("timer:")
    if clock not in set(Clock):
        return None
    said = row.data.get("fields") or row.data
    late = timedelta(milliseconds=int(said.get("late_ms") or 0))
    level, broke = max(row.data.get("levels") or [0]), _broken(row.data)
    past = bool(broke or level) or bool(said.get("promise_late"))
    return Entry(row.at, "timer", "bad" if past else "warn", Clock(clock), row.by, level=level, broke=broke,
                 late=late if late >= _NOTICEABLE else None, due_at=said.get("due"))


def _broken(data: Mapping[str, Any]) -> tuple[Clock, ...]:
    return tuple(Clock(p["clock"]) for p in data.get("promises") or [] if p.get("does") == "break" and p.get("clock") in set(Clock))


def _messages(session: Session, told: Mapping[int, str], only: str | None) -> list[Entry]:
    """One entry for each thing said, however many heard it."""
    asked = sa.select(MessageRow).where(MessageRow.ticket_id.in_(told)).order_by(MessageRow.id)
    letters: dict[tuple[int | None, datetime, str, str, str], _Letter] = {}
    for message in session.scalars(asked if only is None else asked.where(MessageRow.to == only)):
        key = message.ticket_id, message.created_at, message.notice, message.text, message.to if message.script else ""
        letters.setdefault(key, _Letter(message)).told.append((message.role, message.to))
    return [replace(_letter(letter), number=told.get(letter.row.ticket_id or 0, "")) for letter in letters.values()]


def _letter(letter: _Letter) -> Entry:
    row = letter.row
    tone = "call" if any(to == Role.CUSTOMER for _, to in letter.told) else "note"
    heard = OUTCOMES.get(row.outcome, (row.outcome, row.outcome)) if row.outcome else None
    return Entry(row.created_at, "message", tone, ("告知", "Told"), Role.SYSTEM, told=tuple(dict.fromkeys(letter.told)), text=links.hidden(row.text),
                 level=row.level, channel=row.channel, status=row.status, heard=heard)
