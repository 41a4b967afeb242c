"""Every figure of DOMAIN.md 9 counted a second time, from raw rows alone: one function a figure, its definition above it.

Written from the document without looking at the figures of the hotline; that is its whole value. A case is decided at an instant: a
promise when it is kept in time, or, late or never kept, at the moment it was due.
"""

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from callcenter import resources
from tests.year.rows import Rows

HIT, MISS, EXCLUDED = "hit", "miss", "excluded"
REPAIRS = ("urgent_repair", "daily_repair", "warranty_repair", "public_repair", "legacy_issue", "emergency_referral")
COMPLAINTS = ("complaint_quality", "complaint_service")
CONTRACTED = ("warranty_repair", "legacy_issue")
CONTENT = ("very_satisfied", "satisfied", "fairly")
DAY, HOUR = 86_400_000, 3_600_000
#: figures of seconds divided by cases, of seconds divided by seconds, of sheets divided by sheets
LENGTHS, STRETCHES, SHEETS = {"K29", "K29b", "K04c"}, {"occupancy", "utilization"}, {"K17", "K30b", "K30c"}
CATEGORIES = tomllib.loads((resources.folder("workflows") / "categories.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Case:
    """One thing counted: when it was decided, on which side it stands, and what it is about."""

    at: int
    mark: str
    about: int
    #: what it adds where more than cases is summed up: milliseconds, sheets
    amount: int = 1


Counted = Callable[[Rows], Iterator[Case]]
FIGURES: dict[str, Counted] = {}


def figure(code: str) -> Callable[[Counted], Counted]:
    def kept(count: Counted) -> Counted:
        FIGURES[code] = count
        return count
    return kept


#: figures whose cases depend on the period itself: what is cut at its edges, and how things stood at its end
OF_PERIOD: dict[str, Callable[[Rows, int, int], Iterator[Case]]] = {}


def of_period(code: str) -> Callable[[Callable[[Rows, int, int], Iterator[Case]]], Callable[[Rows, int, int], Iterator[Case]]]:
    def kept(count: Callable[[Rows, int, int], Iterator[Case]]) -> Callable[[Rows, int, int], Iterator[Case]]:
        OF_PERIOD[code] = count
        return count
    return kept


def count(code: str, cases: list[Case], since: int | None = None, until: int | None = None) -> tuple[int, int, int]:
    """Numerator, denominator and excluded of the cases decided in [since, until)."""
    within = [c for c in cases if (since is None or c.at >= since) and (until is None or c.at < until)]
    hits, misses = ([c.amount for c in within if c.mark == mark] for mark in (HIT, MISS))
    apart = sum(c.mark == EXCLUDED for c in within)
    if code in SHEETS:
        return sum(hits), sum(hits) + sum(misses), apart
    if code in STRETCHES:
        return round(sum(hits) / 1000), round((sum(hits) + sum(misses)) / 1000), apart
    return round(sum(hits) / 1000) if code in LENGTHS else len(hits), len(hits) + len(misses), apart


# ---- a promise, judged from its row (DOMAIN.md 4.1) ----

def judged(promise: sa.Row[Any], now: int) -> tuple[str, int] | None:
    """HIT, MISS or EXCLUDED and when; None for one that still runs or no longer applies."""
    due = promise.due_at
    if promise.kept_at is not None:
        return (HIT, promise.kept_at) if promise.kept_at <= due else (MISS, due)
    if promise.excused_at is not None:
        return (EXCLUDED, promise.excused_at)
    if promise.voided_at is not None:
        stopped = min(t for t in (promise.voided_at, promise.paused_at) if t is not None)
        return (MISS, min(due, promise.broken_at or due)) if promise.broken_at is not None or stopped > due else None
    stopped = promise.paused_at if promise.paused_at is not None else now
    return (MISS, due) if stopped > due or promise.broken_at is not None else None


def clock(rows: Rows, *clocks: str, types: tuple[str, ...] = ()) -> Iterator[Case]:
    """Every promise of these clocks on a ticket that counts."""
    for ticket in rows.counted(*types):
        for promise in rows.promises(ticket.id, *clocks):
            if (outcome := judged(promise, rows.now)) is not None:
                yield Case(outcome[1], outcome[0], ticket.id)


# ---- dispatch and arrival ----

@figure("K04")
def dispatched_in_three_minutes(rows: Rows) -> Iterator[Case]:
    """C04 met, of C04 met + breached, those running past due among them; exempt ones on neither side."""
    return clock(rows, "dispatch")


@figure("K04b")
def dispatch_exempt(rows: Rows) -> Iterator[Case]:
    """C04 exempt by consent, of all C04."""
    for case in clock(rows, "dispatch"):
        if case.mark == EXCLUDED:
            agreed = any(form.get("consented") for _, _, _, form in rows.forms(case.about, "F22"))
            yield Case(case.at, HIT if agreed else EXCLUDED, case.about)
        else:
            yield Case(case.at, MISS, case.about)


def child(rows: Rows, ticket: int) -> bool:
    """One of many callers of a mass incident."""
    return any("parent" in fields for _, _, _, fields in rows.forms(ticket, "F19"))


@figure("K04c")
def answered_to_dispatched(rows: Rows) -> Iterator[Case]:
    """"answer → dispatch" median as honesty check (4.2): from receipt to the first dispatch that counted."""
    for ticket in rows.counted():
        for promise in rows.promises(ticket.id, "dispatch"):
            if promise.cycle == 1 and promise.kept_at is not None and promise.excused_at is None and promise.voided_at is None:
                yield Case(promise.kept_at, HIT, ticket.id, promise.kept_at - ticket.received_at)


@figure("K05")
def urgent_in_thirty_minutes(rows: Rows) -> Iterator[Case]:
    """C06 met, of C06 met + breached."""
    return clock(rows, "arrive_urgent")


@figure("K06")
def repairs_in_time(rows: Rows) -> Iterator[Case]:
    """Urgent: C06 met and C07 met; minor: C08 met and C09 met against the first promise; of all urgent, daily and public repairs due in the
    period. Due is a repair when the last of its first promises is, or when one of them is broken before."""
    return _in_time(rows, 0, 2)


@figure("K06a")
def of_these_on_site(rows: Rows) -> Iterator[Case]:
    """The first half of K06: each of both is shown separately (13-25)."""
    return _in_time(rows, 0, 1)


@figure("K06b")
def of_these_done(rows: Rows) -> Iterator[Case]:
    """The other half of K06."""
    return _in_time(rows, 1, 2)


def _in_time(rows: Rows, first: int, after: int) -> Iterator[Case]:
    for ticket in rows.counted("urgent_repair", "daily_repair", "public_repair"):
        clocks = ("arrive_urgent", "make_safe") if ticket.type == "urgent_repair" else ("arrive_appt", "completion")
        both = [p for p in rows.promises(ticket.id, *clocks) if p.cycle == 1]
        asked = [p for p in both if p.clock in clocks[first:after]]
        outcomes = [o for p in asked if (o := _against_first(p, rows.now)) is not None]
        void = sum(p.voided_at is not None and _against_first(p, rows.now) is None for p in asked)
        missed = any(m == MISS for m, _ in outcomes)
        if outcomes and (len(outcomes) + void == len(asked) or missed):
            yield Case(max(p.first_due_at for p in both), MISS if missed else HIT, ticket.id)


def _against_first(promise: sa.Row[Any], now: int) -> tuple[str, int] | None:
    """A promise judged by the time first given; pauses for the customer's sake move that too."""
    due = promise.first_due_at + promise.paused_ms
    if promise.kept_at is not None:
        return (HIT, promise.kept_at) if promise.kept_at <= due else (MISS, due)
    stopped = min((t for t in (promise.voided_at, promise.paused_at) if t is not None), default=now)
    return (MISS, due) if stopped > due else None


@figure("K07")
def on_site_as_agreed(rows: Rows) -> Iterator[Case]:
    """C08 met, of C08 met + breached."""
    return clock(rows, "arrive_appt")


# ---- promises ----

@figure("K08")
def answered_in_two_days(rows: Rows) -> Iterator[Case]:
    """C10 met, of C10 met + breached."""
    return clock(rows, "feedback")


@figure("K09")
def first_promise_kept(rows: Rows) -> Iterator[Case]:
    """Completed ≤ original promise, of all with promise due."""
    for ticket in rows.counted():
        for promise in rows.promises(ticket.id, "completion")[:1]:
            if (outcome := _against_first(promise, rows.now)) is not None:
                yield Case(outcome[1], outcome[0], ticket.id)


@figure("K10")
def postponed(rows: Rows) -> Iterator[Case]:
    """Matters postponed once, of matters with promise due: decided by the postponement, made good afterwards or not (4.3), else by the first
    promise of the matter's first ticket."""
    due: dict[int, int] = {}
    moved: dict[int, int] = {}
    counted = {t.matter_id for t in rows.counted()}
    for ticket in rows.ticket.values():
        for _, at, _, form in rows.forms(ticket.id, "F09"):
            if form.get("result") in ("granted", "recovery") and form.get("initiated_by") != "customer":
                moved[ticket.matter_id] = min(at, moved.get(ticket.matter_id, at))
    for ticket in (t for t in rows.counted() if rows.leads(t)):
        first = rows.promises(ticket.id, "completion")[:1]
        if first and (outcome := _against_first(first[0], rows.now)) is not None:
            due[ticket.matter_id] = outcome[1]
    for matter in counted & (due.keys() | moved.keys()):
        yield Case(moved.get(matter, due.get(matter, 0)), HIT if matter in moved else MISS, matter)


@figure("K10b")
def asked_a_second_time(rows: Rows) -> Iterator[Case]:
    """Refused second attempts to postpone, each counted when it was refused."""
    for ticket in rows.counted():
        for _, at, _, form in rows.forms(ticket.id, "F09"):
            if form.get("result") == "refused_second":
                yield Case(at, HIT, ticket.id)


@figure("K11")
def beyond_a_week(rows: Rows) -> Iterator[Case]:
    """C11 breached without special approval, of all."""
    for case in clock(rows, "week_cap"):
        yield Case(case.at, {MISS: HIT, HIT: MISS}.get(case.mark, EXCLUDED), case.about)


# ---- after the work ----

def _completed(rows: Rows) -> Iterator[tuple[sa.Row[Any], int]]:
    """Repairs that were completed, and when first; rework takes the stamp away, but not that it was done. A caller of a mass incident has
    a follow-up of their own (3.1): theirs is completed when it is restored."""
    for ticket in rows.counted(*REPAIRS):
        if done := rows.acts(ticket.id, "complete", *(["restore"] if child(rows, ticket.id) else [])):
            yield ticket, done[0].done_at


@figure("K12")
def reworked(rows: Rows) -> Iterator[Case]:
    """Tickets reopened ≤ 30 days, same matter, of completed repairs."""
    for ticket, at in _completed(rows):
        again = any(e.state_after == "rework" and e.state_before != "rework" for e in rows.event.get(ticket.id, ())) or rows.anew(ticket)
        yield Case(at, HIT if again else MISS, ticket.id)


def _calls(rows: Rows, ticket: int) -> list[tuple[int, dict[str, Any]]]:
    """The follow-up calls of a ticket that reached the customer."""
    return [(at, f) for _, at, _, f in rows.forms(ticket, "F04") if f.get("contact_result") in ("reached", "refused")]


@figure("K13")
def warranty_called_back(rows: Rows) -> Iterator[Case]:
    """Warranty and legacy tickets reached by callback within C17, of those with callback due in the period."""
    for ticket in rows.counted(*CONTRACTED):
        for promise in rows.promises(ticket.id, "callback")[:1]:
            if (outcome := judged(promise, rows.now)) is not None:
                yield Case(promise.first_due_at, outcome[0], ticket.id)


@figure("K14")
def repairs_called_back(rows: Rows) -> Iterator[Case]:
    """Completed repairs reached by callback, of completed repairs."""
    for ticket, at in _completed(rows):
        yield Case(at, HIT if _calls(rows, ticket.id) else MISS, ticket.id)


@figure("K14b")
def repairs_rung(rows: Rows) -> Iterator[Case]:
    """Called, reached or not: shown side by side with K14."""
    for ticket, at in _completed(rows):
        yield Case(at, HIT if any(f.get("contact_result") for _, _, _, f in rows.forms(ticket.id, "F04")) else MISS, ticket.id)


@figure("K14c")
def repairs_answered(rows: Rows) -> Iterator[Case]:
    """Answered how content they were: shown side by side with K14."""
    for ticket, at in _completed(rows):
        yield Case(at, HIT if any(f.get("satisfaction") for _, f in _calls(rows, ticket.id)) else MISS, ticket.id)


@figure("K15")
def complaints_called_back(rows: Rows) -> Iterator[Case]:
    """Complaints reached, of complaints answered."""
    for ticket in rows.counted(*COMPLAINTS):
        answers = rows.acts(ticket.id, "reply")
        if answers:
            yield Case(answers[0].done_at, HIT if _calls(rows, ticket.id) else MISS, ticket.id)


@figure("K16")
def satisfied(rows: Rows) -> Iterator[Case]:
    """Callbacks very satisfied, satisfied or fairly satisfied, of callbacks reached with an answer; whoever declined to answer is set apart
    (CB12), and a specialist's re-contact is no callback."""
    for ticket in rows.counted():
        for at, call in _calls(rows, ticket.id):
            if call.get("kind") != "recontact":
                answer = call.get("satisfaction")
                yield Case(at, EXCLUDED if not answer else HIT if answer in CONTENT else MISS, ticket.id)


@figure("K16b")
def strictly_satisfied(rows: Rows) -> Iterator[Case]:
    """The strict rate beside K16: fairly satisfied does not count as satisfied (CB16)."""
    for ticket in rows.counted():
        for at, call in _calls(rows, ticket.id):
            if call.get("kind") != "recontact":
                answer = call.get("satisfaction")
                yield Case(at, EXCLUDED if not answer else HIT if answer in CONTENT[:2] else MISS, ticket.id)


# ---- complaints ----

def _valid(rows: Rows, ticket: int) -> tuple[int, bool] | None:
    """When the complaint was judged last, and how."""
    verdicts = [(at, f["validity"] == "valid") for _, at, _, f in rows.forms(ticket, "F05") if "validity" in f]
    return verdicts[-1] if verdicts else None


@figure("K18")
def valid_complaints(rows: Rows) -> Iterator[Case]:
    """Valid complaints, rolling twelve months; the households served are the denominator."""
    for ticket in rows.counted(*COMPLAINTS):
        verdict = _valid(rows, ticket.id)
        if verdict is not None and verdict[1]:
            yield Case(verdict[0], HIT, ticket.id)


@figure("K18b")
def valid_complaints_per_hundred(rows: Rows) -> Iterator[Case]:
    """The same per 100 tickets (13-9): the tickets received in the twelve months are the denominator."""
    return valid_complaints(rows)


@figure("K19")
def valid_complaints_settled(rows: Rows) -> Iterator[Case]:
    """Valid complaints answered to the customer and closed, or closed unsatisfied with a letter, of valid complaints whose C09 is due."""
    for ticket in rows.counted(*COMPLAINTS):
        verdict = _valid(rows, ticket.id)
        first = [p for p in rows.promises(ticket.id, "completion") if p.cycle == 1]
        if verdict is not None and verdict[1] and first:
            answered = any(f.get("reply_text") for _, _, _, f in rows.forms(ticket.id, "F05"))
            settled = answered and ticket.state in ("closed", "closed_unsatisfied")
            if settled or first[0].first_due_at < rows.now:
                yield Case(first[0].first_due_at, HIT if settled else MISS, ticket.id)


# ---- the customer a second time ----

@figure("K20")
def raised_again(rows: Rows) -> Iterator[Case]:
    """Matters with ≥ 1 repeat contact while open or ≤ 30 days after closing, of matters: decided by the repeat contact, else by closing."""
    again: dict[int, int] = {}
    closed: dict[int, int] = {}
    for ticket in rows.ticket.values():
        registered = [ticket.registered_at] if ticket.state != "merged" and rows.later(ticket) else []
        for at in [*registered, *(event.done_at for event in rows.acts(ticket.id, "add_contact"))]:
            again[ticket.matter_id] = min(at, again.get(ticket.matter_id, at))
    counted = {t.matter_id for t in rows.counted()}
    for ticket in rows.counted():
        if ticket.closed_at is not None:
            closed[ticket.matter_id] = max(ticket.closed_at, closed.get(ticket.matter_id, 0))
    for matter in counted & (again.keys() | closed.keys()):
        yield Case(again.get(matter, closed.get(matter, 0)), HIT if matter in again else MISS, matter)


@figure("K21")
def first_responder_kept_it(rows: Rows) -> Iterator[Case]:
    """Closed tickets whose owner chain is first responder or registrar or approved transfers only, with the first responder told,
    of closed tickets."""
    for ticket in rows.counted():
        if ticket.closed_at is not None and ticket.state in ("closed", "closed_unsatisfied"):
            moved = rows.acts(ticket.id, "transfer_owner")
            took = {ticket.first_responder, ticket.registrar}
            by_rule = "system" in took or bool(took & set(json.loads(ticket.accused)))  # the supervisor's or the lead's from the start (O8, O12)
            stayed = ticket.owner in took or by_rule or bool(moved)
            finished = {e.done_by for e in rows.acts(ticket.id, "complete", "reply", "answer_inquiry", "restore")[-1:]}  # the last time
            told = not finished or ticket.first_responder in finished | rows.told.get(ticket.id, set()) | {"system"} \
                or bool(rows.acts(ticket.id, "ack_completion"))
            yield Case(ticket.closed_at, HIT if stayed and told else MISS, ticket.id)


@figure("K22")
def won_back(rows: Rows) -> Iterator[Case]:
    """Dissatisfied rounds re-contacted in C20, of dissatisfied callbacks."""
    return clock(rows, "recontact")


@figure("K23")
def notified_in_writing(rows: Rows) -> Iterator[Case]:
    """F10 sent in C19, of dissatisfied callbacks and complaints needing departments."""
    return clock(rows, "dissat_notice")


# ---- records ----

@figure("K24")
def three_records(rows: Rows) -> Iterator[Case]:
    """Closed repairs having F02, F03 returned, and F04 or a signature, of closed repairs; the records of a mass incident
    are its parent's."""
    for ticket in rows.counted(*REPAIRS):
        if ticket.closed_at is not None and ticket.state in ("closed", "closed_unsatisfied"):
            slip = any(f.get("slip_returned_at") for _, _, _, f in rows.forms(ticket.id, "F03")) or bool(rows.forms(ticket.id, "F26"))
            proof = bool(_calls(rows, ticket.id)) or ticket.signed or ticket.evidence == "recorded"  # nobody to ask
            whole = bool(rows.forms(ticket.id, "F02")) and slip and bool(rows.forms(ticket.id, "F03")) and proof
            yield Case(ticket.closed_at, EXCLUDED if child(rows, ticket.id) else HIT if whole else MISS, ticket.id)


@figure("K25")
def slips_returned(rows: Rows) -> Iterator[Case]:
    """Slips entered in C16, of completed repairs: in the period in which the work was completed, from when on C16 runs."""
    for ticket in rows.counted():
        for promise in rows.promises(ticket.id, "slip_return"):
            if (outcome := judged(promise, rows.now)) is not None:
                yield Case(promise.started_at, outcome[0], ticket.id)


@figure("K26")
def certified(rows: Rows) -> Iterator[Case]:
    """Jobs needing a certificate done by valid holders, of jobs needing a certificate: dispatches that were not voided, judged when sent."""
    for ticket in rows.counted():
        category = CATEGORIES["category"].get(ticket.category or "", {})
        for job in rows.assignment.get(ticket.id, ()) if category.get("certificate") else ():
            if job.voided_at is None:
                trades, holds = rows.person.get(job.assigned_to, ([], {}))
                asked = [t for t in category["trades"] if t in CATEGORIES["certificate"]]
                asked = [t for t in asked if t in trades] or asked
                if asked:
                    valid = holds.get(CATEGORIES["certificate"][asked[0]], 0) > job.assigned_at
                    yield Case(job.assigned_at, HIT if valid else MISS, ticket.id)


@figure("K34")
def right_the_first_time(rows: Rows) -> Iterator[Case]:
    """Repairs accepted at first verification or callback (solved, no rework), of repairs verified or called back; who would not say
    is set apart (CB12)."""
    for ticket in rows.counted(*REPAIRS):
        judged_at: list[tuple[int, bool]] = [(at, bool(f["passed"])) for _, at, _, f in rows.forms(ticket.id, "F26") if "passed" in f]
        judged_at += [(at, f.get("satisfaction") in (None, *CONTENT) and f.get("solved") is not False) for at, f in _calls(rows, ticket.id)]
        if judged_at:
            bad = [at for at, good in judged_at if not good]
            said = any("passed" in f for _, _, _, f in rows.forms(ticket.id, "F26")) or any(
                f.get("satisfaction") or f.get("solved") is not None for _, f in _calls(rows, ticket.id))
            mark = MISS if bad or ticket.cycle > 1 or rows.anew(ticket) else HIT if said else EXCLUDED
            yield Case(min(bad or [at for at, _ in judged_at]), mark, ticket.id)


@figure("K37")
def verified_in_time(rows: Rows) -> Iterator[Case]:
    """C15 met, of warranty completions."""
    return clock(rows, "verify")


@figure("K38")
def acknowledged_in_time(rows: Rows) -> Iterator[Case]:
    """C21 met, of escalations."""
    return clock(rows, "escalation_ack")


@figure("K39")
def told_before_the_slip(rows: Rows) -> Iterator[Case]:
    """Postponements told before expiry, of late or postponed tickets; what was promised once more was late, whatever came then."""
    for ticket in rows.counted():
        granted = [(at, f) for _, at, _, f in rows.forms(ticket.id, "F09") if f.get("result") == "granted" and f.get("initiated_by") != "customer"]
        late = [o[1] for p in rows.promises(ticket.id, "completion") if (o := judged(p, rows.now)) is not None and o[0] == MISS]
        again = [f["old_promise_at"]["$at"] for _, _, _, f in rows.forms(ticket.id, "F09") if f.get("result") == "recovery"]
        if late or again:
            yield Case((late or again)[0], MISS, ticket.id)
        elif granted:
            yield Case(granted[0][0], HIT, ticket.id)
