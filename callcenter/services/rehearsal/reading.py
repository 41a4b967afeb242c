"""Reads a rehearsal file strictly: whatever cannot be played is refused with the valid choices (REHEARSAL.md)."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from callcenter.domain import forms
from callcenter.domain.figures.catalogue import FIGURES
from callcenter.domain.vocabulary import Action, Clock, Role, Status
from callcenter.services.rehearsal import values
from callcenter.services.rehearsal.values import Unusable, moment

#: acts on the telephone and on shifts, with their fields (bracketed ones optional)
CALL_ACTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "call_arrives": (frozenset({"call"}), frozenset({"from"})),
    "call_answered": (frozenset({"call", "by"}), frozenset()),
    "call_held": (frozenset({"call"}), frozenset({"by"})),
    "call_resumed": (frozenset({"call"}), frozenset({"by"})),
    "call_ends": (frozenset({"call"}), frozenset({"by", "ended_by"})),
    "return_call": (frozenset({"call", "by", "contact_result"}), frozenset()),
    "dispose_call": (frozenset({"call", "by", "disposition"}), frozenset()),
}
SHIFT_ACTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "start_shift": (frozenset({"by"}), frozenset({"notes"})),
    "hand_over_shift": (frozenset({"by", "to"}), frozenset({"notes"})),
    "sign_handover": (frozenset({"by"}), frozenset({"notes"})),
    "end_shift": (frozenset({"by"}), frozenset({"to", "notes"})),
}
OFFICE_ACTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "confirm_period": (frozenset({"by", "period"}), frozenset({"issued", "returned", "satisfied"})),
    "plan_survey": (frozenset({"by", "period", "planned_for"}), frozenset()),
    "export": (frozenset({"by"}), frozenset({"list", "unmasked", "reason"})),
    "play_recording": (frozenset({"by", "call"}), frozenset()),
}
#: what happens to the house itself: the clocks stand still (Redis, power, processes gone), or the rules change on a working day
HOUSE_ACTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "clocks_stop": (frozenset(), frozenset()),
    "clocks_start": (frozenset(), frozenset()),
    "rules_change": (frozenset({"file", "old", "new"}), frozenset()),
}
PLAIN_ACTS = CALL_ACTS | SHIFT_ACTS | OFFICE_ACTS | HOUSE_ACTS
TICKET_ACTS = {a.value: a for a in Action if a is not Action.OPEN_TICKET}
ACTS = sorted({*PLAIN_ACTS, "open_ticket", *TICKET_ACTS})

ABOUT_TICKET = frozenset({
    "state", "owner", "first_responder", "acting_follower", "assignee", "cycle", "postponements", "level", "contacts", "type", "category",
    "urgency", "callback", "callback_due", "merged_into", "told", "not_told", "promise", "due", "urges", "rounds", "evidence",
    "promise_at", "department", "specialist", "escalations", "number_matches"})
ABOUT_CALL = frozenset({"state", "answered_by", "promise", "due", "ring_count", "return_call", "told", "not_told", "hold_seconds"})
ABOUT_PERIOD = frozenset({"state", "confirmed_by", "planned_for", "promise", "due", "told", "not_told", "lists"})
ABOUT_ALL = frozenset({"figure", "count", "unguarded", "at_least", "calls_lacking", "access_log"})
COUNTS = frozenset({"messages", "events", "tickets", "calls", "timers_fired", "fired_late", "escalations"})

#: other words for the roles in `told`
ROLE_WORDS = {"project_manager": Role.PM, "shift_lead": Role.LEAD, "duty_lead": Role.LEAD, "department_head": Role.DEPT_HEAD,
              "department": Role.DEPT_HEAD, "assignee": Role.HANDLER, "quality_department": Role.QUALITY,
              "general_manager": Role.GM, "cs_supervisor": Role.SUPERVISOR}

#: fields of those acts that are no texts
_PLAIN_KINDS: dict[str, type] = {"unmasked": bool, "issued": int, "returned": int, "satisfied": int}

#: what is said with dots, what as a list; everything else of an expectation is a single value
_TABLES = frozenset({"promise", "due", "figure", "count", "at_least"})
_LISTS = frozenset({"told", "not_told", "lists"})
_NUMBERS = frozenset({"count", "at_least"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody does."""

    line: str
    at: datetime
    act: str
    by: str | None
    fields: Mapping[str, Any]
    refused: bool | str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold at an instant."""

    line: str
    at: datetime
    ticket: str | None
    call: str | None
    claims: Mapping[str, Any]
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    title: str
    start: datetime
    on_duty: tuple[str, ...] | None
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    end: datetime
    calendar: bool = False  #: days, weeks, months and surveys are opened, follow-up calls topped up
    name: str = ""  #: what complaints call it


def read(path: Path) -> Script:
    """The script in *path*.

    Raises:
        Unusable: unreadable, not TOML, an unknown key or act, a bad time.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as wrong:
        raise Unusable(f"{path}: 读不了 (cannot be read): {wrong}") from None
    except tomllib.TOMLDecodeError as wrong:
        raise Unusable(f"{path}: 不是合格的 TOML (not TOML): {wrong}") from None
    return script(raw, str(path))


def script(raw: Mapping[str, Any], name: str) -> Script:
    """The script that *raw* describes; *name* goes into complaints."""
    _only(name, raw, {"title", "start", "cast", "on_duty", "step", "expect", "description", "calendar"})
    start = raw.get("start")
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise Unusable(f"{name}: start 应为带时区的时间 (an offset date-time, such as 2026-02-17T02:00:00+08:00)")
    if raw.get("cast", "demo") != "demo":
        raise Unusable(f"{name}: cast {raw['cast']!r} 不认识;可用 (valid): demo")
    on_duty = raw.get("on_duty")
    if on_duty is not None and not (isinstance(on_duty, list) and all(isinstance(u, str) for u in on_duty)):
        raise Unusable(f"{name}: on_duty 应为用户名列表 (a list of user names)")
    steps = tuple(_step(f"{name}: step {n}", s, start) for n, s in enumerate(_list(name, raw, "step"), 1))
    _once(steps, "open_ticket", "as")
    _once(steps, "call_arrives", "call")
    expectations = tuple(_expect(f"{name}: expect {n}", e, start) for n, e in enumerate(_list(name, raw, "expect"), 1))
    end = max([start, *(s.at for s in steps), *(e.at for e in expectations)])
    return Script(str(raw.get("title", name)), start, tuple(on_duty) if on_duty is not None else None, steps, expectations, end,
                  raw.get("calendar") is True, name)


def _once(steps: tuple[Step, ...], act: str, field: str) -> None:
    """A handle names one thing."""
    seen: set[str] = set()
    for step in (s for s in steps if s.act == act):
        if step.fields[field] in seen:
            raise Unusable(f"{step.line}: {field} = {step.fields[field]!r} 用了两次 (used twice)")
        seen.add(step.fields[field])


def _list(name: str, raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = raw.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise Unusable(f"{name}: [[{key}]] 写法不对 (should be [[{key}]] tables)")
    return rows


def _only(where: str, raw: Mapping[str, Any], known: Collection[str]) -> None:
    if strange := sorted(set(raw) - set(known)):
        raise Unusable(f"{where}: 不认识 (unknown) {', '.join(strange)};可用 (valid): {', '.join(sorted(known))}")


def _step(where: str, raw: Mapping[str, Any], start: datetime) -> Step:
    act = values.plain(f"{where}: act", raw.get("act"))
    if act not in ACTS:
        raise Unusable(f"{where}: act {act!r} 不认识;可用 (valid): {', '.join(ACTS)}")
    if "at" not in raw:
        raise Unusable(f"{where}: 缺少 at (missing at)")
    refused = raw.get("refused", False)
    if not isinstance(refused, (bool, str)):
        raise Unusable(f"{where}: refused 应为 true 或代码 (true or a code)")
    rest = {k: v for k, v in raw.items() if k not in ("at", "act", "by", "refused")}
    by = raw.get("by")
    if by is not None and not isinstance(by, str):
        raise Unusable(f"{where}: by 应为用户名 (a user name)")
    return Step(where, moment(where, raw["at"], start), act, by, _fields(where, act, by, rest, start), refused)


def _fields(where: str, act: str, by: str | None, rest: dict[str, Any], start: datetime) -> dict[str, Any]:
    if act in PLAIN_ACTS:
        must, may = PLAIN_ACTS[act]
        _only(where, rest, must | may)
        if missing := must - {"by"} - set(rest) or ({"by"} if "by" in must and by is None else set()):
            raise Unusable(f"{where}: 缺少 (missing) {', '.join(sorted(missing))}")
        return {k: _plain_field(f"{where}: {k}", k, v, start) for k, v in rest.items()}
    action = Action.OPEN_TICKET if act == "open_ticket" else TICKET_ACTS[act]
    known = {f.name: f for f in forms.fields_of(action)}
    _only(where, rest, {*known, "call", "as" if action is Action.OPEN_TICKET else "ticket"})
    handle = "as" if action is Action.OPEN_TICKET else "ticket"
    if not isinstance(rest.get(handle), str):
        raise Unusable(f"{where}: 缺少 (missing) {handle}")
    return {k: values.field(f"{where}: {k}", known[k], v, start) if k in known else values.text(f"{where}: {k}", v) for k, v in rest.items()}


def _plain_field(where: str, name: str, value: Any, start: datetime) -> Any:
    """A field of an act that is not on a ticket."""
    if name == "planned_for":
        return moment(where, value, start)
    kind = _PLAIN_KINDS.get(name)
    if kind is None:
        return values.text(where, value)
    return values.field(where, forms.Field(name, name, name, "flag" if kind is bool else "number"), value, start)


def _expect(where: str, raw: Mapping[str, Any], start: datetime) -> Expectation:
    if "at" not in raw:
        raise Unusable(f"{where}: 缺少 at (missing at)")
    ticket, call, period = (values.text(f"{where}: {k}", raw[k]) if k in raw else None for k in ("ticket", "call", "period"))
    if sum(map(bool, (ticket, call, period))) > 1:
        raise Unusable(f"{where}: ticket、call、period 只能写一个 (only one of ticket, call, period)")
    known = ABOUT_TICKET if ticket else ABOUT_CALL if call else ABOUT_PERIOD if period else ABOUT_ALL
    claims = {k: _claim(f"{where}: {k}", k, v) for k, v in raw.items() if k not in ("at", "ticket", "call", "period")}
    _only(where, claims, known)
    for clock in {**claims.get("promise", {}), **claims.get("due", {})}:
        if clock not in set(Clock):
            raise Unusable(f"{where}: promise {clock!r} 不认识;可用 (valid): {', '.join(Clock)}")
    for status in claims.get("promise", {}).values():
        if status not in set(Status):
            raise Unusable(f"{where}: {status!r} 不认识;可用 (valid): {', '.join(Status)}")
    _only(where, claims.get("count", {}), COUNTS)
    for codes in ("figure", "at_least"):
        _only(f"{where}: {codes}", claims.get(codes, {}), FIGURES.keys())
    due = {k: moment(where, v, start) if v != "none" else None for k, v in claims.get("due", {}).items()}
    times = (k for k in ("callback_due", "promise_at", "planned_for") if k in claims and claims[k] != "none")
    extra: dict[str, Any] = {k: moment(where, claims[k], start) for k in times}
    return Expectation(where, moment(where, raw["at"], start), ticket, call, claims | extra | ({"due": due} if due else {}), period)


def _claim(where: str, name: str, value: Any) -> Any:
    """One thing that must hold, written as its kind is."""
    if name in _TABLES:
        read = values.number if name in _NUMBERS else values.plain
        return {k: read(f"{where}.{k}", v) for k, v in values.table(where, value).items()}
    return values.texts(where, value) if name in _LISTS else values.plain(where, value)


__all__ = ["ACTS", "CALL_ACTS", "HOUSE_ACTS", "OFFICE_ACTS", "ROLE_WORDS", "SHIFT_ACTS", "TICKET_ACTS", "Expectation", "Script", "Step", "Unusable",
           "moment", "read", "script"]
