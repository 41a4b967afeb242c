"""Which people can take a job, why, and in what order (DOMAIN.md 3.4)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain import days
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person, Staff, Ticket
from callcenter.domain.vocabulary import (
    DEPARTMENT_OF,
    Department,
    DispatchMode,
    Role,
    TicketType,
    Trade,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be sent, with the reasons for their place in the list (zh, en)."""

    person: Person
    score: tuple[int, int, int, int, int, str]
    reasons: tuple[tuple[str, str], ...]


def trades_for(policy: Policy, ticket: Ticket) -> tuple[Trade, ...]:
    """The trades that can do the work; warranty and hand-over defects go to the builder first."""
    category = policy.categories.get(ticket.category or "")
    trades = category.trades if category else _default_trades(ticket.type)
    if ticket.type in (TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE):
        return (Trade.BUILDER, *trades)
    return trades


def _default_trades(type_: TicketType) -> tuple[Trade, ...]:
    if type_ in (TicketType.HELP_ORDER, TicketType.EMERGENCY_REFERRAL):
        return (Trade.GUARD,)
    return (Trade.HANDYMAN, Trade.PLUMBER, Trade.ELECTRICIAN, Trade.MASON)


def department_for(policy: Policy, ticket: Ticket) -> Department:
    """The department that answers for the ticket."""
    if ticket.department is not None:
        return ticket.department
    return DEPARTMENT_OF.get(trades_for(policy, ticket)[0], Department.ENGINEERING)


def certificate_needed(policy: Policy, ticket: Ticket, person: Person) -> str | None:
    """The certificate this person must hold for this job, if the category asks for one (R042)."""
    category = policy.categories.get(ticket.category or "")
    if category is None or not category.certificate:
        return None
    own = [t for t in category.trades if t in person.trades and t in policy.certificates]
    needed = own or [t for t in category.trades if t in policy.certificates]
    return policy.certificates[needed[0]] if needed else None


def unfit(policy: Policy, staff: Staff, ticket: Ticket, person: Person, now: datetime) -> str | None:
    """Why *person* cannot take the job (a refusal's code), or None (3.4-1, T02)."""
    if not person.active:
        return "not_on_duty"
    if person.user in ticket.accused:
        return "accused"
    if not person.trades & frozenset(trades_for(policy, ticket)):
        return "wrong_trade"
    if not staff.on_duty(person.user):
        return "not_on_duty"
    certificate = certificate_needed(policy, ticket, person)
    if certificate and person.certificates.get(certificate, now) <= now:
        return "no_certificate"
    return None


def candidates(policy: Policy, staff: Staff, ticket: Ticket, now: datetime) -> list[Candidate]:
    """Everybody who can take the job: own compound first, then free, then fewest open jobs, those that can wait before urgent ones,
    then whoever has waited longest for one (3.4-4); each with the reasons for their place."""
    fit = [p for p in staff.people.values() if unfit(policy, staff, ticket, p, now) is None and p.user != ticket.owner]
    return _longest_idle(sorted((_ranked(policy, staff, ticket, p) for p in fit), key=lambda c: c.score))


def _longest_idle(ranked: list[Candidate]) -> list[Candidate]:
    """The same list; who stands before an equal only for having waited longer says so."""
    alike = Counter(c.score[:4] for c in ranked)
    said, found = set(), []
    for c in ranked:
        first = alike[c.score[:4]] > 1 and c.score[:4] not in said
        said.add(c.score[:4])
        found.append(replace(c, reasons=(*c.reasons, ("最久未派", "longest without a job"))) if first else c)
    return found


#: the dispatchers' hours (17.5); outside them a job nobody can dispatch is dispatched by itself
DAY = (8, 22)


def automatic(policy: Policy, staff: Staff, ticket: Ticket, mode: DispatchMode, now: datetime) -> str | None:
    """Who is sent without a dispatcher: in turn where the category says so; at night the best while neither dispatcher nor lead is there.
    A warranty job waits for a person: which builder is bound by the contract is not ours to guess."""
    night = not DAY[0] <= days.local(now).hour < DAY[1]
    nobody = night and not staff.holders(Role.DISPATCHER, ticket.compound) and not staff.holders(Role.LEAD, ticket.compound)
    if mode is not DispatchMode.ROUND_ROBIN and not nobody:
        return None
    able = [c.person.user for c in candidates(policy, staff, ticket, now) if Role.CONTRACTOR not in c.person.roles]
    if mode is DispatchMode.ROUND_ROBIN:
        able.sort(key=lambda user: staff.last_sent.get(user, 0))
    return able[0] if able else None


def _ranked(policy: Policy, staff: Staff, ticket: Ticket, person: Person) -> Candidate:
    own = person.covers(ticket.compound)
    load = staff.load.get(person.user, 0)
    rank = next(n for n, t in enumerate(trades_for(policy, ticket)) if t in person.trades)
    trade = trades_for(policy, ticket)[rank]
    reasons = [(trade.zh, trade.en),
               ("本小区", "own compound") if own else ("跨小区支援", "covers from another compound"),
               ("空闲", "free") if load == 0 else (f"在办 {load} 件", f"{load} open jobs")]
    urgent = min(staff.urgent_load.get(person.user, 0), load)
    if load:
        reasons.append((f"其中急修 {urgent} 件", f"{urgent} of them urgent") if urgent else ("均可让急修", "none of them urgent"))
    certificate = certificate_needed(policy, ticket, person)
    if certificate:
        reasons.append((f"持{certificate}", f"certified: {certificate}"))
    turn = staff.last_sent.get(person.user, 0)
    return Candidate(person, (rank, 0 if own else 1, load, urgent, turn, person.user), tuple(reasons))


def team_of(text: str) -> Trade | None:
    """The trade team that *text* names: "plumber", "team:plumber", "水工", "水工班组"."""
    plain = text.removeprefix("team:").removeprefix("team_").removesuffix("_team").removesuffix("班组").removesuffix("班")
    return next((t for t in Trade if plain in (t.value, t.zh, t.en.lower(), t.value + "s")), None)


def doers(staff: Staff, ticket: Ticket) -> frozenset[str]:
    """Whoever was ever sent; of a team that was sent nobody can be told apart, so all of it counts."""
    teams = {job.to for job in ticket.assignments if job.team}
    return frozenset(job.to for job in ticket.assignments if not job.team) | {u for u, p in staff.people.items() if p.trades & teams}


def members(staff: Staff, team: Trade, compound: str | None = None) -> list[str]:
    """Who of a trade team is on duty."""
    return sorted(u for u, p in staff.people.items() if team in p.trades and staff.on_duty(u) and p.active
                  and Role.CONTRACTOR not in p.roles and p.covers(compound))
