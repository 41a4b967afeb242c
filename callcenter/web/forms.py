"""One act's form: what was typed becomes the act's fields, and what is wrong finds its way back to the inputs."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flask import Flask, Response, jsonify
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from callcenter.domain import refusals
from callcenter.domain.days import LOCAL, local
from callcenter.domain.forms import Field, asked_for, beside_the_point, check_value, fields_of
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person, Refused, Ticket
from callcenter.domain.vocabulary import Action, Role, Severity, Word
from callcenter.web.formats import moment
from callcenter.web.languages import language

#: filled in by the program: the call in progress, the contact it belongs to
UNSHOWN = frozenset({"call", "contact_id"})

_FLAGS = {"yes": True, "on": True, "true": True, "1": True, "no": False, "off": False, "false": False, "0": False}

#: one-line fields that have a few fixed answers: code, zh, en
CHOICES: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "severity": tuple((s.value, s.zh, s.en) for s in Severity),
    "initiated_by": (("company", "我方", "We"), ("customer", "客户", "The customer")),
    "adopted": (("adopted", "采纳", "Adopted"), ("partly", "部分采纳", "Partly"), ("not_adopted", "不采纳", "Not adopted"),
                ("passed_on", "转上级", "Passed on")),
}

#: where the reason of a refusal belongs that names no field itself
_FIELD_OF = {
    "no_place": "room", "unknown_place": "room", "no_type": "category", "unknown_category": "category",
    "number_invalid": "contact_phone", "appointment_backwards": "appointment_end", "appointment_in_the_past": "appointment_start",
    "received_in_future": "received_at", "told_late": "told_at",
    "unknown_contact": "contact_id", "call_required": "told_via", "not_told": "attitude",
    "no_satisfaction": "satisfaction", "not_reached": "satisfaction", "no_reason": "reason", "two_needed": "second_caller",
    "not_explained": "result_explained", "no_signature": "signature", "over_quote": "final_amount", "until_in_the_past": "until",
    "not_later": "new_promise_at", "reason_needed": "reason", "wrong_trade": "to", "not_on_duty": "to", "no_certificate": "to",
    "owner_is_handler": "to", "already_assigned": "to", "accused": "to", "receiver_unfit": "to", "team_too_soon": "to",
    "bad_level": "level", "merge_self": "into", "merge_differs": "into", "incident_merged": "into", "incident_done": "parent",
    "not_preempted": "urgent", "beyond_feedback": "agreed_reply_at",
    "wrong_code": "code", "code_used_up": "code", "no_code": "code", "wrong_door": "code", "bad_position": "position",
    "no_letter": "letter", "reply_not_understood": "text",
}
#: these name a time; which field held it depends on the act
_TIMES = {"promise_in_the_past": ("promise_at", "new_promise_at", "due_at", "agreed_reply_at"),
          "beyond_week": ("promise_at", "new_promise_at")}
_PEOPLE = ("to", "expert", "first_responder", "responsible_person", "specialist", "second_caller")


class Misread(Refused):
    """Several inputs are wrong at once; `wrong` says which and why. Its own code and words are the first one's."""

    def __init__(self, wrong: Mapping[str, Refused]) -> None:
        first = next(iter(wrong.values()))
        missing = tuple(f for no in wrong.values() if no.code == "missing" for f in no.said["fields"])
        said = {**first.said, "fields": missing} if first.code == "missing" else first.said
        super().__init__(first.code, **said)
        self.wrong = dict(wrong)


def read_act(action: Action, form: MultiDict[str, str], ticket: Ticket | None = None) -> dict[str, Any]:
    """
    The act's fields as typed: trimmed, empty ones absent, times from the local wall clock to UTC.

    Whoever types is asked for more than the rules demand (`Field.desk`); some of it depends on the *ticket*'s type and channel.

    Raises:
        Misread: every missing and every wrong input, not just the first.
    """
    fields, wrong = readable(action, form)
    for field in asked_for(action, fields, ticket.type if ticket else None, ticket.channel if ticket else None):
        wrong.setdefault(field.name, Refused("missing", fields=(field,)))
    if wrong:
        raise Misread({f.name: wrong[f.name] for f in fields_of(action) if f.name in wrong})
    return fields


def readable(action: Action, form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, Refused]]:
    """What could be read of a form, and what of it is wrong; nothing is missing yet."""
    fields: dict[str, Any] = {}
    wrong: dict[str, Refused] = {}
    for field in fields_of(action):
        try:
            value = read_field(field, form.getlist(field.name))
        except Refused as no:
            wrong[field.name] = no
            continue
        if value is not None:
            fields[field.name] = value
    return fields, wrong


def read_field(field: Field, typed: Sequence[str]) -> Any:
    """One input's value, or None when nothing was typed.

    Raises:
        Refused: "bad_value" or "too_long", naming the field.
    """
    texts = [t.replace("\r\n", "\n").strip() for t in typed]
    texts = [t for t in texts if t]
    if not texts:
        return None
    text = texts[-1]
    reader = _READERS.get(field.kind) if isinstance(field.kind, str) else None
    try:
        value = _list(texts) if field.kind == "list" else reader(text) if reader else text
    except (ValueError, OverflowError, KeyError):
        raise Refused("bad_value", field=field, value=_short(text), valid=_example(field)) from None
    if isinstance(value, str) and not isinstance(field.kind, str) and value not in set(field.kind):
        raise Refused("bad_value", field=field, value=_short(text), valid=list(field.kind))
    try:
        check_value(field, value)
    except Refused as no:
        raise Refused(no.code, **{**no.said, "value": _short(text), "valid": _example(field)}) from None
    return value


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if not 2000 <= at.year <= 2100:
        raise ValueError(text)
    return (at if at.tzinfo else at.replace(tzinfo=LOCAL)).astimezone(UTC)


def _money(text: str) -> float:
    amount = float(unicodedata.normalize("NFKC", text).replace(",", "").lstrip("¥").removesuffix("元"))
    if not math.isfinite(amount):
        raise ValueError(text)
    return round(amount, 2)


def _list(texts: Sequence[str]) -> list[str]:
    return [part for text in texts for part in re.split(r"[\s,,、;;]+", text) if part]


_READERS: Mapping[str, Callable[[str], Any]] = {
    "moment": _moment, "money": _money, "number": lambda text: int(unicodedata.normalize("NFKC", text)),
    "flag": lambda text: _FLAGS[text.lower()], "line": lambda text: re.sub(r"\s*\n\s*", " ", text),
}


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def _example(field: Field) -> str:
    """What the field would take, in words of the page's language."""
    if not isinstance(field.kind, str):
        return refusals.shown(list(field.kind), language())
    return {
        "moment": "2026-11-22 14:30", "flag": f"{gettext('是')} / {gettext('否')}", "money": "120.50", "number": "1, 2, 3",
    }.get(field.kind) or str(gettext("普通文字"))


# ---- what was wrong, for the page ------------------------------------------------------------------------

def reason(refused: Refused) -> str:
    """Why, in the reader's language."""
    return refusals.text(refused, language())


def errors_of(refused: Refused, action: Action) -> dict[str, str]:
    """Field name → what is wrong with it; empty when the refusal is about the ticket and not about the form."""
    if isinstance(refused, Misread):
        return {name: _beside(no) for name, no in refused.wrong.items()}
    if refused.code == "missing":
        return {f.name: gettext("必填") for f in refused.said["fields"]}
    if isinstance(field := refused.said.get("field"), Field):
        return {field.name: reason(refused)}
    known = [f.name for f in fields_of(action)]
    people = _PEOPLE if refused.code == "unknown_person" else ()
    likely = [_FIELD_OF.get(refused.code, ""), *_TIMES.get(refused.code, ()), *people]
    name = next((n for n in likely if n in known), None)
    return {name: reason(refused)} if name else {}


def _beside(refused: Refused) -> str:
    return str(gettext("必填")) if refused.code == "missing" else reason(refused)


def status_of(refused: Refused, action: Action) -> int:
    """422 when the form can be put right, 409 when the ticket does not allow it."""
    return 422 if errors_of(refused, action) else 409


def refusal(refused: Refused, action: Action) -> Response:
    """The answer to a form sent by script: the reason, and what is wrong with which field. The page keeps every word."""
    response = jsonify(error=refused.code, message=reason(refused), fields=errors_of(refused, action))
    response.status_code = status_of(refused, action)
    return response


# ---- inputs, for the templates ---------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Input:
    """One input of an act's form, as `templates/tickets/_act.html` draws it."""

    name: str
    label: str
    #: text, line, moment, money, number or choice
    kind: str
    required: bool
    options: list[tuple[str, str]] | None = None
    #: one of several that will do: not required by itself, yet asked for
    asked: bool = False

    @property
    def first(self) -> bool:
        """Shown at once, not under "more fields"."""
        return self.required or self.asked


def inputs(action: Action, people: Sequence[Person] = (), policy: Policy | None = None, ticket: Ticket | None = None) -> list[Input]:
    """The inputs of *action*'s form in the reader's language.

    Args:
        people: who may be chosen.
        policy: adds what it demands.
        ticket: adds what its type and channel are asked for, and the contacts on its record.
    """
    needed = set(policy.postponement.needs) if policy and action is Action.POSTPONE else set()
    fields = fields_of(action)
    asked = {f.name for f in fields if f.wanted(ticket.type if ticket else None, ticket.channel if ticket else None)}
    either = {n for f in fields if f.name in asked for n in (f.name, *f.instead) if f.instead}
    unshown = UNSHOWN - ({"contact_id"} if ticket is not None and action is Action.POSTPONE else set())
    unshown |= beside_the_point(action, ticket.type, ticket.channel) if ticket is not None else frozenset()
    return [_input(f, f.name in (asked - either) | needed, f.name in either, people, policy, ticket) for f in fields if f.name not in unshown]


def _input(field: Field, required: bool, asked: bool, people: Sequence[Person], policy: Policy | None, ticket: Ticket | None) -> Input:
    options = _contacts(ticket) if field.name == "contact_id" and ticket else _options(field, people, policy)
    kind = "choice" if options is not None else "line" if field.kind in ("list", "person") else "text" if field.kind == "items" else str(field.kind)
    return Input(field.name, field.label(language()), kind, required, options, asked)


def _contacts(ticket: Ticket) -> list[tuple[str, str]]:
    """The times the customer was heard about this ticket, the newest first."""
    heard = [f for f in ticket.records("F01") if f.id]
    return [("", gettext("没有记录在案的接触")) if not heard else ("", gettext("请选择")),
            *((str(f.id), f"{moment(f.at)} {_short(str(f.fields.get('content') or f.fields.get('reason') or ''))}") for f in reversed(heard))]


def _options(field: Field, people: Sequence[Person], policy: Policy | None) -> list[tuple[str, str]] | None:
    blank = ("", gettext("请选择"))
    if field.name == "category" and policy is not None:
        return [blank, *((c.code, f"{c.code} {c.label(language())}") for c in policy.categories.values() if not c.retired)]
    if field.name in CHOICES:
        return [blank, *answers(field.name)]
    if field.kind == "flag":
        return [blank, ("yes", yes_or_no(True)), ("no", yes_or_no(False))]
    if field.kind == "person" and people:
        return [blank, *((p.user, f"{p.name} · {_badge(p)}") for p in people)]
    if not isinstance(field.kind, str):
        return [blank, *((word.value, shown_word(word)) for word in field.kind)]
    return None


def shown_word(item: StrEnum) -> str:
    """A word of any vocabulary in the reader's language."""
    return item.label(language()) if isinstance(item, Word) else item.value


def shown(value: object) -> str:
    """A value as the reader sees it: words by name, moments as local time, lists joined."""
    return refusals.shown(value, language())


def yes_or_no(claim: bool) -> str:
    return str(gettext("是") if claim else gettext("否"))


def chosen(name: str, code: str) -> str:
    """The answer behind the code of a one-line field with fixed answers."""
    return next((en if language() == "en" else zh for held, zh, en in CHOICES[name] if held == code), code)


def answers(name: str) -> list[tuple[str, str]]:
    """The fixed answers of a one-line field: code and words."""
    return [(code, chosen(name, code)) for code, _, _ in CHOICES[name]]


def _badge(person: Person) -> str:
    trades = [t.label(language()) for t in sorted(person.trades)]
    return " ".join(trades or [r.label(language()) for r in Role if r in person.roles])


def typed_moment(at: datetime | None) -> str:
    """A moment as a `datetime-local` input holds it: the local wall clock, to the minute."""
    return "" if at is None else local(at).strftime("%Y-%m-%dT%H:%M")


def init_forms(app: Flask) -> None:
    """Makes the form helpers known to the templates."""
    app.jinja_env.filters.update(typed_moment=typed_moment, shown=shown, listed=lambda held: shown(list(held)))
    app.jinja_env.globals.update(act_inputs=inputs)
