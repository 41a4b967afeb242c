"""Who is meant by a role on a ticket: to be told at this second, and to be allowed to act (DOMAIN.md 5, 6, 10)."""

from datetime import datetime

from callcenter.domain import dispatching
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Act, Person, Staff, Ticket
from callcenter.domain.vocabulary import Department, Role

#: reached by their own telephone even when the roster names nobody for the hour
STANDING = frozenset({Role.PM, Role.QUALITY, Role.GM})
#: badges to look with, or to keep the program running with: nobody acts on them, not even to escalate
READING = frozenset({Role.AUDITOR, Role.ADMIN})


def who(policy: Policy, staff: Staff, ticket: Ticket, role: Role, now: datetime) -> list[str]:
    """The people to tell when *role* is meant; empty when nobody in it can be reached (E11)."""
    named = {Role.FIRST_RESPONDER: ticket.first_responder, Role.RECEIVER: ticket.receiver}
    if role in named:
        return [u for u in [named[role]] if u]
    if role is Role.OWNER:
        return owners(staff, ticket)
    if role is Role.HANDLER:
        return handlers(staff, ticket)
    if role is Role.SPECIALIST:
        return [ticket.specialist] if ticket.specialist else staff.holders(Role.CALLBACK, ticket.compound) or owners(staff, ticket)
    if role is Role.QUALIFIED:
        return [c.person.user for c in dispatching.candidates(policy, staff, ticket, now)]
    if role is Role.DISPATCHER:
        return staff.holders(role, ticket.compound) or staff.holders(Role.LEAD, ticket.compound)
    if role is Role.DEPT_HEAD:
        return heads(staff, dispatching.department_for(policy, ticket), ticket.compound)
    on_duty = staff.holders(role, ticket.compound)
    return on_duty or (standing(staff, role, ticket.compound) if role in STANDING else [])


def owners(staff: Staff, ticket: Ticket) -> list[str]:
    """The acting follower, else the owner; while that person is off duty the duty lead with them (O6)."""
    follows = ticket.acting_follower or ticket.owner
    if staff.on_duty(follows):
        return [follows]
    return [follows, *(u for u in staff.holders(Role.LEAD, ticket.compound) if u != follows)]


def handlers(staff: Staff, ticket: Ticket) -> list[str]:
    """The technician the job is with; for a team everybody of it on duty."""
    job = ticket.assignment
    if job is None:
        return []
    team = dispatching.team_of(job.to) if job.team else None
    return dispatching.members(staff, team, ticket.compound) if team else [job.to]


def heads(staff: Staff, department: Department, compound: str | None) -> list[str]:
    """The heads of a department who are on duty for *compound*."""
    return [u for u in staff.holders(Role.DEPT_HEAD, compound) if staff.people[u].department == department]


def standing(staff: Staff, role: Role, compound: str | None) -> list[str]:
    """Who holds the office, on duty or not."""
    return sorted(u for u, p in staff.people.items() if role in p.roles and p.active and p.covers(compound))


def roles_on(policy: Policy, staff: Staff, ticket: Ticket, act: Act, now: datetime) -> frozenset[Role]:
    """The roles *act.by* has towards this ticket: badge and duty within their scope, and what the ticket gives them."""
    user = act.by
    if user in (Role.SYSTEM, Role.CUSTOMER):
        return frozenset({Role(user)})
    person = staff.people.get(user)
    if person is None or reads_only(person):
        return frozenset()
    duty = staff.duty.get(user)
    in_scope = person.covers(ticket.compound) or (duty is not None and bool(duty.compounds) and duty.covers(ticket.compound))
    roles = set(staff.roles(user)) if in_scope else set()
    if Role.DEPT_HEAD in roles and person.department != dispatching.department_for(policy, ticket):
        roles.discard(Role.DEPT_HEAD)
    roles |= _cover(staff, roles, ticket.compound) | _given(policy, staff, ticket, user, now)
    return frozenset(roles | {Role.STAFF})


def reads_only(person: Person | None) -> bool:
    """Whether somebody may look but never act: nobody known, or a badge that is only an auditor's or administrator's."""
    return person is None or not person.active or person.roles <= READING


def _cover(staff: Staff, roles: set[Role], compound: str | None) -> set[Role]:
    """While no dispatcher is on duty the lead dispatches, and agents may (DOMAIN.md 10, 17.5)."""
    if staff.holders(Role.DISPATCHER, compound):
        return set()
    return ({Role.DISPATCHER} if Role.LEAD in roles else set()) | ({Role.NIGHT_AGENT} if Role.AGENT in roles else set())


def _given(policy: Policy, staff: Staff, ticket: Ticket, user: str, now: datetime) -> set[Role]:
    """Roles that only a ticket can give."""
    person = staff.people[user]
    return {role for role, holds in {
        Role.OWNER: user in (ticket.owner, ticket.acting_follower),
        Role.FIRST_RESPONDER: user == ticket.first_responder,
        Role.HANDLER: user in handlers(staff, ticket),
        Role.RECEIVER: user == ticket.receiver,
        Role.SPECIALIST: user == ticket.specialist,
        Role.QUALIFIED: dispatching.unfit(policy, staff, ticket, person, now) is None and Role.CONTRACTOR not in person.roles,
        Role.VERIFIER: (person.department == Department.ENGINEERING and Role.TECHNICIAN in person.roles
                        and user not in dispatching.doers(staff, ticket)),
    }.items() if holds}
