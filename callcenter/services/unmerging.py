"""What a survivor still counts and owes when one of the tickets merged into it is taken out again and others stay (T19)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import CONTENT
from callcenter.storage.tables import EventRow, FormRow, MatterRow, PromiseRow, TicketRow


def merges_into(session: Session, survivor: TicketRow) -> list[FormRow]:
    """Every merge into *survivor*, in force or undone, oldest first."""
    events = session.scalars(sa.select(EventRow).where(EventRow.ticket_id == survivor.id, EventRow.action == "merged_in"))
    numbers = {str(event.data["merged"]) for event in events}
    found = session.scalars(sa.select(FormRow).join(TicketRow, TicketRow.id == FormRow.ticket_id).where(
        TicketRow.number.in_(numbers), FormRow.code == "merge").order_by(FormRow.id))
    return [form for form in found if form.fields["into"] == survivor.number]


def in_force(session: Session, survivor: TicketRow, merges: list[FormRow]) -> list[FormRow]:
    """Those of *merges* that stand: the newest of each ticket that is part of *survivor* now."""
    merged = set(session.scalars(sa.select(TicketRow.id).where(TicketRow.merged_into == survivor.number)))
    return list({form.ticket_id: form for form in merges if form.ticket_id in merged}.values())


def counters(session: Session, survivor: TicketRow, out: FormRow, merges: list[FormRow], staying: list[FormRow]) -> dict[str, Any]:
    """
    The values of *survivor*'s matter without the ticket of *out*: what it counted itself before the first merge and since, and what
    those that stay brought along. What customers said about the survivor while they were one stays said about it.
    """
    matter, before = session.get_one(MatterRow, survivor.matter_id), merges[0].fields["remembered"]["survivor"]["matter"]
    gone, others = _brought(session, out), [_brought(session, form) for form in staying]
    earliest = min(others, key=lambda m: m.received_at, default=None)
    first = earliest is None or before["received_at"] <= earliest.received_at
    urged = matter.last_urge_at != gone.last_urge_at
    return {
        "received_at": before["received_at"] if earliest is None or first else earliest.received_at,
        "first_responder": before["first_responder"] if earliest is None or first else earliest.first_responder,
        "postponements": max([before["postponements"], _postponed_since(session, survivor, merges[0].at), *(m.postponements for m in others)]),
        "urges": max(0, matter.urges - gone.urges),
        "repeat_contacts": max(0, matter.repeat_contacts - gone.repeat_contacts),
        "dissatisfied_rounds": max([before["dissatisfied_rounds"] + _dissatisfied_since(session, survivor, merges[0].at),
                                    *(m.dissatisfied_rounds for m in others)]),
        "last_urge_at": matter.last_urge_at if urged else max(
            (at for at in (before["last_urge_at"], *(m.last_urge_at for m in others)) if at), default=None),
    }


def due_times(out: FormRow, merges: list[FormRow], staying: list[FormRow], running: list[PromiseRow]) -> Iterator[tuple[PromiseRow, datetime]]:
    """What the merge of *out* had made due earlier, and when it is due now: as it was at first, or as one that stays still asks."""
    for promise in running:
        id_ = str(promise.id)
        if id_ not in _moved(out):
            continue
        first: datetime = next(_moved(form)[id_] for form in merges if id_ in _moved(form))
        yield promise, min([first, *(owed["due_at"] for form in staying for owed in _owed(form) if owed["clock"] == promise.clock)])


def _moved(form: FormRow) -> Mapping[str, Any]:
    found: Mapping[str, Any] = form.fields.get("moved", {})
    return found


def _owed(form: FormRow) -> list[dict[str, Any]]:
    """What the merged ticket still had to keep when it was merged."""
    return [p for p in form.fields["remembered"]["merged"]["promises"] if not (p["kept_at"] or p["voided_at"] or p["excused_at"])]


def _brought(session: Session, form: FormRow) -> MatterRow:
    """The matter of the merged ticket as it was: it rests while the ticket is part of another."""
    return session.get_one(MatterRow, form.fields["remembered"]["merged"]["ticket"]["matter_id"])


def _postponed_since(session: Session, survivor: TicketRow, since: datetime) -> int:
    """Whether the survivor itself was postponed since then: undoing a merge does not give the one change back."""
    later = session.scalars(sa.select(FormRow).where(FormRow.ticket_id == survivor.id, FormRow.code == "F09", FormRow.at >= since))
    return int(any(f.fields.get("result") in ("granted", "recovery") and f.fields.get("initiated_by") != "customer" for f in later))


def _dissatisfied_since(session: Session, survivor: TicketRow, since: datetime) -> int:
    later = session.scalars(sa.select(FormRow).where(FormRow.ticket_id == survivor.id, FormRow.code == "F04", FormRow.at >= since))
    answers = [f.fields for f in later if f.fields.get("satisfaction")]
    return sum(a["satisfaction"] not in CONTENT or a.get("solved") is False for a in answers)
