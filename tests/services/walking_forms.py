"""Forms as people fill them in while a walk goes on: right most of the time, wrong now and then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from callcenter.domain import forms, reaching
from callcenter.domain.fields import Field
from callcenter.domain.policy import Policy
from callcenter.domain.rules.intake import OWNING
from callcenter.domain.ticket import Staff, Ticket
from callcenter.domain.vocabulary import OPEN, Action, ContactResult, Satisfaction, TicketType, Trade

#: a call or a contact on record would have to be there first
LEFT_OUT = {"call"}
DISSATISFIED = ("dissatisfied", "very_dissatisfied")
CALLS = (Action.RECORD_CALLBACK, Action.RECONTACT, Action.MIDTERM_CALL)


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody filling in a form sees: the ticket, the other tickets, the staff and the clock."""

    policy: Policy
    staff: Staff
    ticket: Ticket
    others: tuple[Ticket, ...]
    by: str
    now: datetime


def filled(sight: Sight, action: Action, some: Random) -> dict[str, Any]:
    """A form of *action*: everything it must have, some of the rest, and one time in twenty-five a mistake."""
    asked = forms.asked_for(action, {}, sight.ticket.type)
    likely = .85 if action is Action.POSTPONE else .45
    fields = [f for f in forms.fields_of(action) if f.name not in LEFT_OUT and (f.must or some.random() < (.8 if f in asked else likely))]
    form = {f.name: _value(sight, action, f, some) for f in fields}
    if action in CALLS:
        form = {k: v for k, v in form.items() if k not in ("satisfaction", "solved", "reason", "method", "second_caller")} | _heard(sight, some)
    if "appointment_end" in form and "appointment_start" in form:
        form["appointment_end"] = form["appointment_start"] + timedelta(hours=2)
    form = {k: v for k, v in form.items() if v is not None}
    return _mistaken(form, action, some) if some.random() < .04 else form


def _heard(sight: Sight, some: Random) -> dict[str, Any]:
    """What a follow-up call brings: content, not content, unwilling, or nobody there."""
    call: dict[str, Any] = some.choice([{}, {"method": "visit", "second_caller": _colleague(sight, some)}]) if some.random() < .2 else {}
    match some.random():
        case x if x < .4:
            return call | {"contact_result": "reached", "satisfaction": some.choice(["very_satisfied", "satisfied", "fairly"]), "solved": True}
        case x if x < .75:
            return call | {"contact_result": "reached", "satisfaction": some.choice(DISSATISFIED), "reason": "没有修好"}
        case x if x < .8:
            return call | {"contact_result": "refused"}
        case x if x < .97:
            return call | {"contact_result": some.choice(["no_answer", "busy", "power_off", "wrong_number", "call_later"])}
    return {"contact_result": some.choice(list(ContactResult)), "satisfaction": some.choice(list(Satisfaction))}


def _mistaken(form: dict[str, Any], action: Action, some: Random) -> dict[str, Any]:
    """The same form with one thing wrong."""
    name = some.choice(sorted(form) or ["note"])
    wrong = {"lacking": {k: v for k, v in form.items() if k != name}, "strange": {**form, "nonsense": "1"},
             "long": {**form, name: "长" * 5000}, "kind": {**form, name: ["?", 1]}, "control": {**form, name: "\x00"},
             "nobody": {**form, name: "nobody99"}}
    return wrong[some.choice(sorted(wrong))]


def _value(sight: Sight, action: Action, field: Field, some: Random) -> Any:
    if field.name in BY_NAME:
        return BY_NAME[field.name](sight, some)
    if action is Action.CUSTOMER_REPLY and field.name == "text":
        return some.choice(["1", "2", "3", "谢谢"])
    if field.name == "new_promise_at":
        return _new_promise(sight, action, some)
    if field.kind == "person":
        return _person(sight, action, some)
    if isinstance(field.kind, type):
        return some.choice(list(field.kind))
    return BY_KIND.get(str(field.kind), lambda s, r: "写明情况")(sight, some)


def _later(sight: Sight, some: Random) -> datetime:
    return sight.now + timedelta(hours=some.choice([1, 3, 20, 50, 90]))


def _lately(sight: Sight, some: Random) -> datetime:
    return sight.now - timedelta(minutes=some.choice([0, 1, 30]))


def _new_promise(sight: Sight, action: Action, some: Random) -> datetime | None:
    """Between the promise and the end of the week where a promise is put off, sometimes beyond it; else some time ahead."""
    promised = sight.ticket.promise_at
    if action is not Action.POSTPONE or promised is None:
        return some.choice([None, _later(sight, some)])
    week = sight.ticket.received_at + sight.policy.postponement.longest
    return some.choice([promised + (week - promised) / 2, week, promised + timedelta(hours=1), promised + timedelta(days=9)])


def _person(sight: Sight, action: Action, some: Random) -> str:
    """Whom the form means: somebody fit for the job or the desk, one time in ten anybody or a whole team."""
    if some.random() < .1:
        return some.choice([*sorted(sight.staff.people), *Trade])
    if action in (Action.DISPATCH, Action.REASSIGN):
        fit = [c.person.user for c in reaching.dispatching.candidates(sight.policy, sight.staff, sight.ticket, sight.now)]
        return some.choice(fit or ["plumber01"])
    if action in (Action.TRANSFER_OWNER, Action.FOLLOW):
        return some.choice(sorted(u for u, p in sight.staff.people.items() if p.roles & OWNING))
    return _colleague(sight, some)


def _colleague(sight: Sight, some: Random) -> str:
    return some.choice([u for u in sorted(sight.staff.people) if u != sight.by])


def _into(sight: Sight, some: Random) -> str:
    """An open ticket of the same compound and kind, where there is one."""
    fit = [t for t in sight.others if t.state in OPEN and t.type is sight.ticket.type and t.compound == sight.ticket.compound]
    return some.choice(fit or [sight.ticket]).number


def _parent(sight: Sight, some: Random) -> str:
    fit = [t for t in sight.others if t.state in OPEN and t.details.get("incident")]
    return some.choice(fit or [*sight.others, sight.ticket]).number


def _type(sight: Sight, some: Random) -> str:
    """A kind of ticket that knows the state it is in, most of the time."""
    return some.choice([t for t in TicketType if sight.policy.flows[t].actions_from(sight.ticket.state)] or list(TicketType))


def _contact(sight: Sight, some: Random) -> str | None:
    known = [str(f.id) for f in sight.ticket.forms if f.code == "F01"]
    return some.choice(known) if known and some.random() < .9 else None


BY_NAME: dict[str, Callable[[Sight, Random], Any]] = {
    "into": _into, "parent": _parent, "urgent": lambda s, r: r.choice([*s.others, s.ticket]).number, "type": _type, "contact_id": _contact,
    "category": lambda s, r: r.choice(sorted(s.policy.categories)), "initiated_by": lambda s, r: r.choice(["company", "customer"]),
    "attitude": lambda s, r: r.choice(["understands", "reluctant", "disagrees"]), "method": lambda s, r: "phone",
    "result_explained": lambda s, r: r.random() < .95, "signature": lambda s, r: "周敏", "level": lambda s, r: r.choice([1, 2, 3, 4, 5, 9]),
    "told_at": _lately, "resolved_at": _lately, "gate_checked_at": _lately, "began_at": _lately,
    "agreed_reply_at": lambda s, r: s.now + timedelta(hours=r.choice([1, 4])),
}
BY_KIND: dict[str, Callable[[Sight, Random], Any]] = {
    "moment": _later, "flag": lambda s, r: r.random() < .8, "money": lambda s, r: r.choice([10, 60, 500]),
    "number": lambda s, r: r.choice([1, 2, 5]), "list": lambda s, r: ["order"], "items": lambda s, r: r.choice(["无", "水龙头 1 只"]),
}

__all__ = ["Sight", "filled"]
