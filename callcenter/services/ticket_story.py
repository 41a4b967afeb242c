"""The one timeline of a ticket: acts, calls, timers with how late they were, and messages with who was told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.device_time import Belief
from callcenter.domain.forms import LONGEST, Field, fields_of
from callcenter.domain.photographs import Photograph
from callcenter.domain.vocabulary import Action, Clock, ContactResult, Role, State, Word
from callcenter.services import links
from callcenter.services.field.photos import ATTACHED
from callcenter.storage.tables import CallRow, EventRow, MessageRow, TicketRow

#: what happens to calls: zh, en
CALL_WORDS = {
    "call_arrives": ("来电", "Call arrives"), "call_answered": ("接听", "Answered"), "call_held": ("保持", "On hold"),
    "call_resumed": ("恢复通话", "Back on the line"), "call_ends": ("挂机", "Call ends"), "recorded": ("话后小结", "After-call note"),
    "call_placed": ("拨出电话", "Call placed"), "customer_answers": ("客户接听", "Customer answers"),
    "returned": ("回拨", "Called back"), "return_call_cancelled": ("取消回拨", "Return call cancelled"),
    "line_asked": ("请人加入", "Somebody asked in"), "line_enters": ("加入通话", "Joins the call"), "line_over": ("离开通话", "Leaves the call"),
    "supervised": ("主管旁听或加入", "A supervisor takes part"), "recording_paused": ("暂停录音", "Recording paused"),
    "recording_resumed": ("恢复录音", "Recording resumed"), "call_note": ("通话备注", "Note during the call"),
    "caller_alone": ("线路中断,另找同事", "Cut off; others are rung"), "return_promised": ("改为回电", "A return call instead"),
}
#: what comes of calls the hotline makes itself: zh, en
OUTCOMES = {
    "1": ("按 1 接手", "1: taken over"), "2": ("按 2 上报", "2: passed up"), "0": ("按 0 转人工", "0: to a person"),
    "too_late": ("已有人接手", "Too late"),
    "no_key": ("接起未按键", "Picked up, no key"), "no-answer": ("无人接听", "No answer"), "busy": ("占线", "Busy"), "failed": ("打不通", "Failed"),
    "canceled": ("已取消", "Cancelled"), "lost": ("结果不明", "Unknown end"), "said": ("已听到", "Heard"),
}
#: filter chips: code, zh, en
SORTS = (("act", "办理", "Acts"), ("call", "通话", "Calls"), ("timer", "时限", "Clocks"), ("message", "消息", "Messages"))
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
    sort: str  #: act, call, timer or message
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

    @property
    def moved(self) -> State | None:
        """The state it led to, if that changed."""
        return State(self.after) if self.sort == "act" and self.after and self.after != self.before else None


@dataclass(slots=True)
class _Letter:
    """Messages of one moment and one wording: one entry, several recipients."""

    row: MessageRow
    told: list[tuple[str, str]] = field(default_factory=list)


def story(session: Session, row: TicketRow, calls: Iterable[str], reader: str, *, blind: bool, phone: bool) -> list[Entry]:
    """
    Everything that happened to the ticket, the newest first.

    Args:
        calls: sids of further calls about it.
        blind: the reader must not learn of follow-up calls (CB13) and sees only messages to themselves.
        phone: the reader sees telephone numbers.
    """
    known = [*_calls(session, row, calls), *_placed(session, row, reader if blind else None)]
    rows = session.scalars(sa.select(EventRow).where(_about(row, known)).order_by(EventRow.id))
    entries = [e for e in (_event(r, phone) for r in rows if not (blind and _tells_of_follow_up(r))) if e is not None]
    if blind:
        entries = [replace(e, before=_unseen(e.before), after=_unseen(e.after)) for e in entries]
    entries += _messages(session, row, reader if blind else None)
    order = {id(e): n for n, e in enumerate(entries)}
    return list(_joined(sorted(entries, key=lambda e: (e.at, order[id(e)]), reverse=True)))


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
    return one.sort == other.sort == "timer" and (one.what, one.tone, one.level) == (other.what, other.tone, other.level)


def _about(row: TicketRow, calls: list[int]) -> sa.ColumnElement[bool]:
    return sa.or_(EventRow.ticket_id == row.id, EventRow.call_id.in_(calls)) if calls else EventRow.ticket_id == row.id


def _calls(session: Session, row: TicketRow, sids: Iterable[str]) -> list[int]:
    further = list(session.scalars(sa.select(CallRow.id).where(CallRow.sid.in_(list(sids))))) if sids else []
    return [*([row.call_id] if row.call_id else []), *further]


def _placed(session: Session, row: TicketRow, only: str | None) -> list[int]:
    """Calls somebody placed about the ticket; of a reader who must not learn of follow-ups, their own."""
    query = sa.select(CallRow.id).where(CallRow.about_ticket == row.number)
    return list(session.scalars(query if only is None else query.where(CallRow.placed_by == only)))


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


def _messages(session: Session, row: TicketRow, only: str | None) -> list[Entry]:
    """One entry for each thing said, however many heard it."""
    asked = sa.select(MessageRow).where(MessageRow.ticket_id == row.id).order_by(MessageRow.id)
    letters: dict[tuple[datetime, str, str, str], _Letter] = {}
    for message in session.scalars(asked if only is None else asked.where(MessageRow.to == only)):
        letter = letters.setdefault((message.created_at, message.notice, message.text, message.to if message.script else ""), _Letter(message))
        letter.told.append((message.role, message.to))
    return [_letter(letter) for letter in letters.values()]


def _letter(letter: _Letter) -> Entry:
    row = letter.row
    tone = "call" if any(to == Role.CUSTOMER for _, to in letter.told) else "note"
    return Entry(row.created_at, "message", tone, ("告知", "Told"), Role.SYSTEM, told=tuple(dict.fromkeys(letter.told)), text=links.hidden(row.text),
                 level=row.level, channel=row.channel, status=row.status, heard=_heard(row.outcome))


def _heard(outcome: str | None) -> tuple[str, str] | None:
    """What came of a call of ours, in words; a customer's own answer as it is."""
    return OUTCOMES.get(outcome, (outcome, outcome)) if outcome else None
