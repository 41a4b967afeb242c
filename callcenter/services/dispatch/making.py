"""Turns tickets into what the dispatcher's lists say of them, for one reader at one moment."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain import dispatching, reaching, refusals
from callcenter.domain.policy import Policy
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Act, Assignment, Person, Refused, Staff, Ticket
from callcenter.domain.vocabulary import URGENT, Action, Because, Clock, Role, State, Status, SuspendReason
from callcenter.services import numbers, permitted
from callcenter.services.dispatch.sheets import WATCHED, Choice, Job, UnderWay, Unfit, Vendor, Waiting
from callcenter.storage.tables import AssignmentRow


def waiting_words(ticket: Ticket, language: str) -> str:
    """What a handler who asks for a suspension waits for, and for how long; "" when nobody asks."""
    asked = ticket.details.get("suspend_asked")
    if not asked:
        return ""
    until = refusals.shown(asked["until"], language) if asked.get("until") else ""
    return " · ".join(part for part in (SuspendReason(asked["reason"]).label(language), until, asked.get("note")) if part)


@dataclass(frozen=True, slots=True)
class Maker:
    """Turns tickets into what the page says of them, for one reader at one moment."""

    policies: dict[int, Policy]
    staff: Staff
    user: str
    now: datetime
    language: str
    levels: dict[int, int]
    voided: dict[int, AssignmentRow]

    def waiting(self, ticket: Ticket) -> Waiting:
        policy = self.policies[ticket.id]
        trades = dispatching.trades_for(policy, ticket)
        choices = self._choices(policy, ticket)
        arrival = ticket.running(Clock.ARRIVE_URGENT) or ticket.running(Clock.ARRIVE_APPT)
        return Waiting(
            self.job(ticket, (Clock.DISPATCH,)), ticket.details.get("offered_at"), arrival, self._before(ticket), choices,
            self._teams(policy, ticket), self._unfit(policy, ticket), self._vendors() if not choices else (),
            refusals.shown(trades, self.language))

    def under_way(self, ticket: Ticket) -> UnderWay:
        job, assigned = self.job(ticket, WATCHED[ticket.state]), ticket.assignment
        choices = self._choices(self.policies[ticket.id], ticket) if Action.REASSIGN in job.may else ()
        return UnderWay(job, name_of(self.staff, assigned.to) if assigned else "", assigned.id if assigned else 0, _since(ticket, assigned),
                        bool(assigned and assigned.departed_at), waiting_words(ticket, self.language),
                        tuple(c for c in choices if c.user != ticket.assignee))

    def job(self, ticket: Ticket, clocks: tuple[Clock, ...]) -> Job:
        policy = self.policies[ticket.id]
        roles = reaching.roles_on(policy, self.staff, ticket, Act(Action.DISPATCH, self.user), self.now)
        due = next((p for c in clocks if (p := ticket.running(c) or ticket.promise(c)) is not None), None)
        category = policy.categories.get(ticket.category or "")
        return Job(
            ticket.number, ticket.type, ticket.state, ticket.type in URGENT or ticket.urgency == "urgent",
            category.label(self.language) if category else "", ticket.content, ticket.place, ticket.compound, ticket.customer_name,
            self._phone(ticket), name_of(self.staff, ticket.owner), ticket.received_at, ticket.registered_at,
            ticket.appointment_start, ticket.appointment_end, self.levels.get(ticket.id, 0), ticket.cycle, ticket.matter.urges,
            due, due.status(self.now) if due else Status.NONE, _allowed(policy, ticket, roles), _look(ticket, self.levels.get(ticket.id, 0)))

    def _phone(self, ticket: Ticket) -> str:
        seen = permitted.sees_phone(self.policies[ticket.id], self.staff, ticket, self.user, self.now)
        return (ticket.contact_phone or "") if seen else numbers.masked(ticket.contact_phone)

    def _choices(self, policy: Policy, ticket: Ticket) -> tuple[Choice, ...]:
        found = dispatching.candidates(policy, self.staff, ticket, self.now)
        return tuple(Choice(c.person.user, c.person.name, tuple(self._said(r) for r in c.reasons)) for c in found)

    def _said(self, pair: tuple[str, str]) -> str:
        return pair[1] if self.language.startswith("en") else pair[0]

    def _teams(self, policy: Policy, ticket: Ticket) -> tuple[Choice, ...]:
        """Trade teams, where the appointment is far enough ahead to name somebody later (4.2)."""
        start = ticket.appointment_start
        if start is None or start - self.now < policy.team_ahead:
            return ()
        teams = ((t, dispatching.members(self.staff, t, ticket.compound)) for t in dispatching.trades_for(policy, ticket))
        return tuple(Choice(t.value, t.label(self.language), tuple(self.staff.people[u].name for u in users)) for t, users in teams if users)

    def _unfit(self, policy: Policy, ticket: Ticket) -> tuple[Unfit, ...]:
        """People of the trade who cannot go: the dispatcher should not have to wonder."""
        trades = frozenset(dispatching.trades_for(policy, ticket))
        ours = (p for p in self.staff.people.values() if p.active and p.trades & trades)
        found = [(p, self._why(policy, ticket, p)) for p in sorted(ours, key=lambda p: p.user)]
        return tuple(Unfit(p.user, p.name, why) for p, why in found if why)

    def _why(self, policy: Policy, ticket: Ticket, person: Person) -> str:
        code = "owner_is_handler" if person.user == ticket.owner else dispatching.unfit(policy, self.staff, ticket, person, self.now)
        if code is None:
            return ""
        certificate = dispatching.certificate_needed(policy, ticket, person) or ""
        return refusals.text(Refused(code, person=person.name, trades="", certificate=certificate), self.language)

    def _vendors(self) -> tuple[Vendor, ...]:
        firms = sorted((p for p in self.staff.people.values() if p.active and Role.CONTRACTOR in p.roles), key=lambda p: p.user)
        return tuple(Vendor(p.user, p.name, refusals.shown(sorted(p.trades), self.language), p.phone) for p in firms)

    def _before(self, ticket: Ticket) -> str:
        row = self.voided.get(ticket.id)
        if row is None or row.cycle != ticket.cycle:
            return ""
        reason = Because(row.void_reason).label(self.language) if row.void_reason in set(Because) else row.void_reason or ""
        return f"{name_of(self.staff, row.to)}: {reason}"


def _allowed(policy: Policy, ticket: Ticket, roles: frozenset[Role]) -> frozenset[Action]:
    """What somebody with these roles may do to the ticket as it stands; asked once a ticket, for a whole list."""
    flow = policy.flows[ticket.type]
    steps = ((action, flow.next(ticket.state, action)) for action in flow.actions_from(ticket.state))
    return frozenset(action for action, step in steps if step is not None and step.who & roles)


def _since(ticket: Ticket, job: Assignment | None) -> datetime | None:
    """Since when it stands as it stands."""
    if job is None:
        return None
    return job.at if ticket.state is State.DISPATCHED else job.arrived_at or job.departed_at or job.accepted_at or job.at


def _look(ticket: Ticket, level: int) -> str:
    """State, handler, level, urges, appointment and offer: what somebody who looked a while ago would find different."""
    parts = (ticket.state, ticket.assignee, level, ticket.matter.urges, ticket.appointment_start, ticket.details.get("offered_at"))
    return "|".join(str(part or "") for part in parts)
