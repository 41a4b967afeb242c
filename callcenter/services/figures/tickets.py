"""Tickets as the figures see them: their rows put together into facts, one ticket at a time."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures.cases import Ms, hour_of, to_ms
from callcenter.domain.figures.facts import Answer, TicketFact
from callcenter.domain.figures.promised import MOVES, Moved, Promised
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import COMPLAINTS, DEPARTMENT_OF, ENDED, Clock, Department, Role, State
from callcenter.services.figures import rows
from callcenter.services.figures.rows import Part, Row
from callcenter.services.hotline import Hotline
from callcenter.services.quality.clusters import COUNTED
from callcenter.storage import facts

_LEFT_OUT = frozenset({State.CANCELLED.value, State.MERGED.value})
_REACHED = frozenset({"reached", "refused"})
_OVER = frozenset(state.value for state in ENDED)
#: what is looked at of what is kept beside a ticket's columns
_DETAILS = ('"validity"', '"parent"', '"accused_dept"')
_BREAKS = frozenset(type_.value for type_ in COUNTED)


def read(hotline: Hotline, session: Session, ids: Sequence[int], scope: sa.ColumnElement[bool] | None = None) -> Iterator[TicketFact]:
    """The tickets of *ids* that lie in *scope*."""
    house = House(hotline.rulebook.policy, facts.people(session))
    for part in rows.parts(session, ids, scope):
        for row in part.tickets:
            yield _fact(house, part, row)


@dataclass(slots=True)
class House:
    """What rows do not say: the rules and the people."""

    policy: Policy
    people: Mapping[str, Person]

    def department(self, row: Row) -> str:
        """Whose work it is: as handed over, else by the category's first trade."""
        category = self.policy.categories.get(row.category or "")
        if row.department:
            return str(row.department)
        return DEPARTMENT_OF.get(category.trades[0], Department.ENGINEERING).value if category and category.trades else ""

    def certificate(self, category: str | None) -> str | None:
        """The certificate a job of this category needs."""
        found = self.policy.categories.get(category or "")
        if found is None or not found.certificate:
            return None
        return next((name for trade, name in self.policy.certificates.items() if trade in found.trades), "")

    def holds(self, user: str, certificate: str, at: Ms) -> bool:
        until = self.people[user].certificates.get(certificate)
        return until is not None and to_ms(until) > at

    def is_firm(self, user: str) -> bool:
        return user in self.people and Role.CONTRACTOR in self.people[user].roles


def _fact(house: House, part: Part, row: Row) -> TicketFact:
    jobs = [j for j in part.jobs.get(row.id, ()) if j.voided_at is None]
    details = json.loads(row.details) if any(name in row.details for name in _DETAILS) else {}
    dimensions = _dimensions(house, row, details)
    fact = TicketFact(
        row.number, row.type, row.state, row.received_at, min((j.completed_at for j in jobs if j.completed_at is not None), default=row.completed_at),
        row.closed_at, row.completed_at, row.evidence, row.cycle, child=bool(details.get("parent")), valid=details.get("validity") == "valid",
        owner_approved=_owned_by_rule(row), signed=bool(row.signed), responder_told=_told(part, row),
        stood=_stood(row, part.states.get(row.id, ())), fault_at=_fault_at(row),
        promises=tuple([Promised._make(p[1:]) for p in part.promises.get(row.id, ())]),
        moved=tuple([one for event in part.moved.get(row.id, ()) for one in _moved(event)]), dimensions=dimensions)
    if jobs:
        _jobs(house, fact, row, jobs)
    _forms(fact, part.forms.get(row.id, ()))
    _matter(fact, part, row)
    return fact


def _stood(row: Row, states: Sequence[Row]) -> tuple[tuple[Ms, Ms | None], ...]:
    """The stretches in which a ticket that was taken up again was open."""
    found: list[tuple[Ms, Ms | None]] = []
    since: Ms | None = row.received_at
    for state in states:
        if since is not None and state.after in _OVER:
            found.append((since, state.at))
            since = None
        elif since is None and state.before in _OVER and state.after not in _OVER:
            since = state.at
    return tuple(found if since is None else [*found, (since, None)]) if states else ()


def _moved(event: Row) -> Iterator[Moved]:
    """What one act did to the time promised for the completion."""
    for touched in json.loads(event.data).get("promises", ()):
        if touched["clock"] == Clock.COMPLETION and touched["does"] in MOVES:
            yield Moved(event.at, touched["does"], touched["due_at"] and touched["due_at"]["$at"])


def _fault_at(row: Row) -> str | None:
    """Where it broke: the building of a home, or the common part; a mass incident counts once, by its parent (as `quality.clusters` reads it)."""
    if row.category is None or row.type not in _BREAKS or row.state in _LEFT_OUT or '"parent":"' in row.details:
        return None
    return f"{row.building}栋" if row.building is not None else str(row.place)


def _owned_by_rule(row: Row) -> bool:
    """Whoever took it or typed it (O2); a complaint about them belongs to the supervisor, what no person took to the lead, both from
    the start (O8, O11, O12): nobody but a supervisor changes that, and then there is a record of it (F13)."""
    took = {row.first_responder, row.registrar}
    return row.owner in took or Role.SYSTEM.value in took or (row.accused != "[]" and bool(took & set(json.loads(row.accused))))


def _told(part: Part, row: Row) -> bool:
    """The first responder heard that it is done, said so, did it, or is no person (O13)."""
    first = row.first_responder
    return (row.id, first) in part.told or first in (row.completed_by, Role.SYSTEM.value) or '"first_responder_ack_at":{' in row.details


def _dimensions(house: House, row: Row, details: Mapping[str, Any]) -> dict[str, str]:
    shift, hour, weekday = hour_of(row.received_at)
    return {"compound": row.compound or "", "building": f"{row.compound}/{row.building}" if row.building else "", "category": row.category or "",
            "type": row.type, "agent": row.owner, "department": house.department(row), "shift": shift, "hour": hour, "weekday": weekday,
            "technician": "", "contractor": "", "accused": details.get("accused_dept") or "" if row.type in COMPLAINTS else ""}


def _jobs(house: House, fact: TicketFact, row: Row, jobs: list[Row]) -> None:
    """Who did it, cycle by cycle, and whether they were allowed to."""
    last = dict(fact.dimensions)
    for cycle, user in {j.cycle: j.to for j in jobs}.items():
        firm = house.is_firm(user)
        fact.by_cycle[cycle] = last = {**fact.dimensions, "technician": "" if firm else user, "contractor": user if firm else ""}
    fact.dimensions = last
    needed = house.certificate(row.category)
    if needed is not None:
        fact.certified = tuple((j.at, house.holds(j.to, needed, j.at)) for j in jobs if j.to in house.people)


def _forms(fact: TicketFact, forms: Sequence[Row]) -> None:
    """What the records say, oldest first."""
    answers: list[Answer] = []
    for form in forms:
        code = form.code
        if code == "F03":
            fact.slip_returned = True
        elif code == "F13":
            fact.owner_approved = True
        elif code != "F01":
            _form(fact, answers, code, form.at, rows.fields(form))
    fact.answers = tuple(answers)


def _form(fact: TicketFact, answers: list[Answer], code: str, at: Ms, said: dict[str, Any]) -> None:
    if code == "F04":
        if said.get("contact_result"):
            answers.append(Answer(at, said["contact_result"] in _REACHED, said.get("satisfaction"), str(said.get("kind") or "record_callback"),
                                  said.get("solved")))
    elif code == "F05":
        if said.get("replied_at") is not None and (fact.replied_at is None or at < fact.replied_at):
            fact.replied_at = at
        if said.get("validity") == "valid":
            fact.valid_at = at
    elif code == "F09":
        fact.special_case = fact.special_case or said.get("result") == "special_case"
        if said.get("result") == "refused_second":
            fact.refused_second += (at,)
        if said.get("result") == "recovery" and said.get("old_promise_at"):
            fact.recovered = min(said["old_promise_at"]["$at"], fact.recovered or at)
    elif code == "F22":
        fact.consented = fact.consented or bool(said.get("consented"))
    elif code == "F26" and said.get("passed") is not None:
        fact.verified += ((at, bool(said["passed"])),)


def _matter(fact: TicketFact, part: Part, row: Row) -> None:
    """What belongs to the matter stands with the first of its tickets that counts."""
    tickets = part.siblings.get(row.matter_id, ())
    counted = [t.id for t in tickets if t.state not in _LEFT_OUT]
    fact.leads = not counted or counted[0] == row.id
    fact.taken_up_again = bool(counted) and counted[-1] > row.id
    ids = [t.id for t in tickets] or [row.id]
    contacts = [form for id_ in ids for form in (part.forms.get(id_) or part.contacts.get(id_) or [])]
    if row.postponements:
        moved = [(f.at, said) for f in contacts if f.code == "F09" for said in [rows.fields(f)] if _by_company(said)]
        fact.postponed_at = min((at for at, _ in moved), default=row.received_at)
        fact.told_at = min((at for at, said in moved if said["result"] == "granted"), default=None if moved else row.received_at)
    anew = [t.registered_at for t in tickets if t.state != State.MERGED][1:]
    fact.again_at = min([f.at for f in contacts if f.code == "F01"] + anew, default=row.received_at if row.repeat_contacts else None)


def _by_company(said: dict[str, Any]) -> bool:
    """A new time that used up the matter's one change: told before the old one was over, or made good afterwards (4.3)."""
    return said.get("result") in ("granted", "recovery") and said.get("initiated_by") != "customer"
