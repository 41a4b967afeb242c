"""Registering a ticket: its type, its owner, its promises (DOMAIN.md 3.3 T01, 5 O1–O2, 17.4)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from callcenter.domain import days, forms
from callcenter.domain.opening_form import SLIP_FIELDS, VISIT_FIELDS
from callcenter.domain.policy import Policy
from callcenter.domain.rules import incidents, waiting
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import (
    Act,
    Count,
    Effect,
    Escalate,
    Happened,
    Matter,
    Refused,
    Save,
    Staff,
    Tell,
    Ticket,
)
from callcenter.domain.vocabulary import (
    COMPLAINTS,
    REPAIRS,
    URGENT,
    Action,
    Channel,
    Clock,
    ComplaintKind,
    Department,
    Moment,
    Role,
    State,
    TicketType,
    Trigger,
    Urgency,
)

#: the form a new ticket is saved on, by type; everything else is the repair ledger
FORM = {TicketType.COMPLAINT_QUALITY: "F05", TicketType.COMPLAINT_SERVICE: "F05", TicketType.SUGGESTION: "F06",
        TicketType.INQUIRY: "F07", TicketType.SPECIAL_SERVICE: "F08", TicketType.ITEM_RELEASE: "F18"}

PREFIX = {TicketType.DAILY_REPAIR: "BX", TicketType.URGENT_REPAIR: "JX", TicketType.WARRANTY_REPAIR: "BXQ",
          TicketType.PUBLIC_REPAIR: "GG", TicketType.SPECIAL_SERVICE: "TY", TicketType.COMPLAINT_QUALITY: "TS",
          TicketType.COMPLAINT_SERVICE: "TS", TicketType.SUGGESTION: "JY", TicketType.INQUIRY: "ZX", TicketType.HELP_ORDER: "QZ",
          TicketType.LEGACY_ISSUE: "YL", TicketType.PRAISE: "BY", TicketType.ITEM_RELEASE: "FX",
          TicketType.BUSINESS_CALL: "GW", TicketType.EMERGENCY_REFERRAL: "JJ"}

#: what a complaint is about when nobody says it more exactly
_KIND_OF = {TicketType.COMPLAINT_QUALITY: ComplaintKind.QUALITY, TicketType.COMPLAINT_SERVICE: ComplaintKind.SERVICE}

#: who may own a ticket (O2)
OWNING = frozenset({Role.AGENT, Role.LEAD, Role.SUPERVISOR, Role.CALLBACK, Role.DISPATCHER, Role.PM, Role.QUALITY})

#: who may register what others tell them (DOMAIN.md 10); everybody else passes it on and stays the first responder
REGISTERING = frozenset({Role.AGENT, Role.LEAD, Role.DISPATCHER, Role.SUPERVISOR, Role.CALLBACK})


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: a room of the archive, or a public place of a compound."""

    compound: str | None
    text: str
    room_id: int | None = None
    handed_over: datetime | None = None  #: acceptance date of the room or the common part
    public: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """The call the ticket comes from."""

    sid: str
    number: str | None
    answered_at: datetime | None
    answered_by: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket about to be saved, and what begins with it."""

    ticket: Ticket
    effects: tuple[Effect, ...]


def warranty_until(policy: Policy, category: str | None, place: Place) -> datetime | None:
    """The last moment of the warranty of the part concerned: through the whole last day (17.4)."""
    entry = policy.categories.get(category or "")
    if entry is None or entry.warranty is None or place.handed_over is None:
        return None
    return days.day_end(days.add_years(place.handed_over, policy.warranty_years[entry.warranty]))


def type_of(policy: Policy, act: Act, place: Place, now: datetime) -> tuple[TicketType, bool]:
    """The ticket's type, and whether the part is in warranty.

    Raises:
        Refused: neither a known category nor a type was given.
    """
    category = policy.categories.get(act.get("category") or "")
    if act.get("category") and (category is None or category.retired):
        raise Refused("unknown_category", category=act.get("category"))
    until = warranty_until(policy, act.get("category"), place)
    in_warranty = bool(act.get("in_warranty")) if act.get("in_warranty") is not None else until is not None and now < until
    if act.get("type"):
        return TicketType(act.get("type")), in_warranty
    if category is None:
        raise Refused("no_type")
    if act.get("urgency") == Urgency.URGENT and category.type in REPAIRS | {TicketType.HELP_ORDER} and category.type not in URGENT:
        return TicketType.URGENT_REPAIR, in_warranty
    warrantable = category.type in (TicketType.DAILY_REPAIR, TicketType.PUBLIC_REPAIR)
    if in_warranty and warrantable and (category.warranty or act.get("in_warranty")):
        return TicketType.WARRANTY_REPAIR, True
    return category.type, in_warranty


def open_ticket(policy: Policy, staff: Staff, place: Place, heard: Heard | None, act: Act, now: datetime,
                parent: Ticket | None = None) -> Opening:
    """
    The ticket that registering makes, with the promises it begins; *parent* is the mass incident it belongs to.

    Raises:
        Refused: a mandatory field is missing, a time makes no sense, the promise goes beyond a week.
    """
    if act.by != Role.SYSTEM and not staff.roles(act.by) & REGISTERING:
        raise Refused("not_allowed", action=Action.OPEN_TICKET, who=sorted(REGISTERING))
    forms.check(Action.OPEN_TICKET, act.fields)
    act = _with_item(policy, act)
    type_, in_warranty = type_of(policy, act, place, now)
    received = act.get("received_at") or (heard.answered_at if heard and heard.answered_at else now)
    if received > now:
        raise Refused("received_in_future")
    accused = tuple(act.get("accused") or ())
    first, owner = _owner(staff, place, heard, act, accused)
    channel = Channel(act.get("channel") or (Channel.PHONE if heard else Channel.STAFF_RELAY if first != act.by else Channel.PHONE))
    ticket = Ticket(
        id=0, number="", type=type_, state=State.NEW, category=act.get("category"),
        urgency=Urgency.URGENT if type_ in URGENT or act.get("urgency") == Urgency.URGENT else Urgency.NORMAL,
        channel=channel, compound=place.compound, place=place.text, content=act.get("content"),
        customer_name=act.get("customer_name"), contact_phone=act.get("contact_phone") or (heard.number if heard else None),
        received_at=received, registered_at=now, promise_at=_promise_at(policy, type_, act, received, now),
        first_responder=first, registrar=act.by, owner=owner, matter=Matter(0, received),
        appointment_start=act.get("appointment_start"), appointment_end=act.get("appointment_end"), accused=accused,
        department=None, details=_details(act, type_, in_warranty, place))
    effects = _beginning(policy, staff, ticket, heard, act, now)
    if act.get("parent"):
        return Opening(ticket, (*effects, *incidents.born_as_child(ticket, parent, act.get("parent"), now)))
    return Opening(ticket, (*effects, *waiting.sent_at_once(policy, staff, ticket, now)))


def _with_item(policy: Policy, act: Act) -> Act:
    """A paid service named by its item of the price list, by code or by name, is of that category."""
    item = act.get("service_item")
    if not item or act.get("category"):
        return act
    listed = next((c.code for c in policy.categories.values() if c.type is TicketType.SPECIAL_SERVICE and item in (c.code, c.zh, c.en)), None)
    return Act(act.action, act.by, {**act.fields, "category": listed}) if listed else act


def _owner(staff: Staff, place: Place, heard: Heard | None, act: Act, accused: tuple[str, ...]) -> tuple[str, str]:
    """First responder and owner: whoever took it first; the registrar owns it when that person has no desk (O1, O2).
    A complaint about the owner belongs to the supervisor from the start (O8)."""
    first = act.get("first_responder") or (heard.answered_by if heard else None) or act.by
    person = staff.people.get(first)
    if person is None and first != Role.SYSTEM:
        raise Refused("unknown_person", person=first)
    owns = person is not None and person.can_sign_in and person.roles & OWNING
    owner = first if owns else act.by
    if owner == Role.SYSTEM or owner in accused:
        above = staff.holders(Role.SUPERVISOR if owner in accused else Role.LEAD, place.compound)
        spare = [u for u, p in sorted(staff.people.items()) if p.roles & {Role.SUPERVISOR, Role.PM} and u not in accused and p.covers(place.compound)]
        owner = next((u for u in [*above, *spare] if u not in accused), owner)
    return first, owner


def _promise_at(policy: Policy, type_: TicketType, act: Act, received: datetime, now: datetime) -> datetime | None:
    """The time promised for finishing: what was agreed, else the type's default; beyond a week only with approval (R005, R009)."""
    rule = policy.promise(Clock.COMPLETION, type_)
    promised: datetime | None = act.get("promise_at")
    if promised is None:
        return now + rule.within if rule else None
    if promised <= now:
        raise Refused("promise_in_the_past", when=promised)
    if promised > received + policy.postponement.longest:
        raise Refused("beyond_week", longest=f"{policy.postponement.longest.days} d")
    return promised


def _details(act: Act, type_: TicketType, in_warranty: bool, place: Place) -> dict[str, Any]:
    kept = ("convenient_time", "told_two_day", "service_item", "accused_dept", "demand", "anonymous", "slip_number",
            "slip_due_at", "parent", "remark", "warranty_basis")
    details = {k: act.get(k) for k in kept if act.get(k) is not None}
    if type_ in COMPLAINTS:
        details["severity"] = act.get("severity") or "minor"
        details["complaint_kind"] = act.get("complaint_kind") or _KIND_OF[type_]
    return {**details, "in_warranty": in_warranty, "room_id": place.room_id,
            **({"script": True} if type_ is TicketType.EMERGENCY_REFERRAL else {})}


def _beginning(policy: Policy, staff: Staff, ticket: Ticket, heard: Heard | None, act: Act, now: datetime) -> list[Effect]:
    ended = heard.ended_at if heard and heard.ended_at else now
    effects: list[Effect] = [
        *_filed(ticket, act),
        Happened(Moment.RECEIVED, ticket.received_at, due_at=act.get("slip_due_at")),
        Happened(Moment.MESSAGE_RECEIVED, ticket.received_at),
        Happened(Moment.REGISTERED, now, due_at=ticket.promise_at),
        Happened(Moment.REGISTERED_OR_CALL_ENDED, min(now, ended)),
        Tell("registered", (Role.CUSTOMER,), said={"who": name_of(staff, ticket.owner)})]
    if ticket.appointment_start is not None:
        effects.append(_appointment(ticket, now))
    return [*effects, *_escalated_at_once(policy, staff, ticket, now)]


def _filed(ticket: Ticket, act: Act) -> list[Effect]:
    """The records a registration leaves: the ticket's own form, and that of a visit (F12) or of a government slip (F27)."""
    fields = {k: v for k, v in act.fields.items() if v is not None}
    if ticket.type in COMPLAINTS:
        fields["complaint_kind"] = ticket.details["complaint_kind"]
    filed: list[Effect] = [Save(FORM.get(ticket.type, "F02"), fields)]
    if ticket.channel is Channel.WALK_IN:
        about = {k: fields[k] for k in VISIT_FIELDS if k in fields}
        filed.append(Save("F12", {**about, "visited_at": act.get("visited_at") or ticket.received_at, "received_by": ticket.first_responder,
                                  "reception_began_at": ticket.received_at}))
    if ticket.channel is Channel.GOV_HOTLINE:
        filed.append(Save("F27", {**{k: fields[k] for k in SLIP_FIELDS if k in fields}, "came_at": ticket.received_at}))
    return filed


def _appointment(ticket: Ticket, now: datetime) -> Effect:
    start, end = ticket.appointment_start, ticket.appointment_end
    if start is None or start <= now:
        raise Refused("appointment_in_the_past", when=start)
    if end is not None and end < start:
        raise Refused("appointment_backwards")
    return Happened(Moment.APPOINTMENT, start, due_at=end)


def _escalated_at_once(policy: Policy, staff: Staff, ticket: Ticket, now: datetime) -> list[Effect]:
    """Nobody qualified on duty, a service complaint, a major complaint: the levels above hear of it at registration (E4, E5, E10)."""
    effects: list[Effect] = waiting.nobody_can_go(policy, staff, ticket, now)
    if ticket.type is TicketType.COMPLAINT_SERVICE:
        effects.append(Escalate(2, Trigger.COMPLAINT, Trigger.COMPLAINT))
    if ticket.type in COMPLAINTS and ticket.details.get("severity") == "major":
        effects += [Escalate(3, Trigger.MAJOR_COMPLAINT, Trigger.MAJOR_COMPLAINT), Escalate(4, Trigger.MAJOR_COMPLAINT, Trigger.MAJOR_COMPLAINT)]
    return effects


def taken_up_again(repeat_contacts: int) -> list[Effect]:
    """Registered anew within thirty days of closing: for the customer it is the second time, and the supervisor hears of it (R018)."""
    return [Count({"repeat_contacts": repeat_contacts + 1}),
            Escalate(2, Trigger.REPEAT_CONTACT, Trigger.REPEAT_CONTACT, notice="repeat_contact")]


def numbered(opening: Opening, number: str) -> Opening:
    """The same opening under its number."""
    return Opening(replace(opening.ticket, number=number), opening.effects)


def number(type_: TicketType, prefix: str, at: datetime, sequence: int) -> str:
    """The ticket number: compound, kind, local day, count of the day (DOMAIN.md 8)."""
    return f"{prefix + '-' if prefix else ''}{PREFIX[type_]}{days.local(at):%Y%m%d}-{sequence:04d}"


__all__ = ["FORM", "OWNING", "Department", "Heard", "Opening", "Place", "number", "numbered", "open_ticket", "type_of", "warranty_until"]
