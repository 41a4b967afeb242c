"""The cases of one ticket, from its rows alone: what was decided about it, when, and for which figures."""

from callcenter.domain.figures.aftercare import aftercare
from callcenter.domain.figures.cases import Case, Mark, Ms
from callcenter.domain.figures.facts import TicketFact
from callcenter.domain.figures.promised import Promised, both, first_due, first_verdict, verdict
from callcenter.domain.vocabulary import COMPLAINTS, Clock, State, TicketType

#: promises that are a figure by themselves
BY_PROMISE = {Clock.DISPATCH.value: "K04", Clock.ARRIVE_URGENT.value: "K05", Clock.ARRIVE_APPT.value: "K07", Clock.FEEDBACK.value: "K08",
              Clock.WEEK_CAP.value: "K11", Clock.RECONTACT.value: "K22", Clock.DISSAT_NOTICE.value: "K23", Clock.SLIP_RETURN.value: "K25",
              Clock.VERIFY.value: "K37", Clock.ESCALATION_ACK.value: "K38"}
#: the promises any figure looks at: by themselves, in K06, K09, K40 and, of follow-ups, in K13
LOOKED_AT = frozenset({*BY_PROMISE, Clock.COMPLETION.value, Clock.MAKE_SAFE.value, Clock.CALLBACK.value})
_LEFT_OUT = frozenset({State.CANCELLED.value, State.MERGED.value})
_CLOSED = frozenset({State.CLOSED.value, State.CLOSED_UNSATISFIED.value})
_MINOR = frozenset({TicketType.DAILY_REPAIR.value, TicketType.PUBLIC_REPAIR.value})
_HIT, _MISS, _EXCLUDED = Mark.HIT, Mark.MISS, Mark.EXCLUDED


def cases_of(t: TicketFact, now: Ms) -> list[Case]:
    """Every case the ticket is, as of *now*; none where it was withdrawn or merged away."""
    if t.state in _LEFT_OUT:
        return []
    cases: list[Case] = []
    _promises(cases, t, now)
    _in_time(cases, t, now)
    _first_promise(cases, t, now)
    aftercare(cases, t, now)
    _voices(cases, t, now)
    return cases


def _promises(cases: list[Case], t: TicketFact, now: Ms) -> None:
    """A case a promise: kept, broken, excused; those that run in time and void ones are none yet, or never."""
    for p in t.promises:
        code = BY_PROMISE.get(p.clock)
        if code is None:
            continue
        mark, at = verdict(p, now)
        if not isinstance(mark, Mark):
            continue
        dims = t.dimensions_in(p.cycle)
        if code == "K04":
            _dispatched(cases, t, p, mark, at)
        elif code == "K11":
            mark = {_HIT: _MISS, _MISS: _EXCLUDED if t.special_case else _HIT}.get(mark, mark)  # counted are the late ones
        elif code == "K25":
            at = p.started_at
        cases.append(Case(code, at, mark, 1, t.number, dims))


def _dispatched(cases: list[Case], t: TicketFact, p: Promised, mark: Mark, at: Ms) -> None:
    """Beside the three minutes: how many were excused with the customer's consent, and how long it really took."""
    dims = t.dimensions_in(p.cycle)
    excused = mark is _EXCLUDED
    cases.append(Case("K04b", at, _MISS if not excused else _HIT if t.consented else _EXCLUDED, 1, t.number, dims))
    if p.kept_at is not None and p.cycle == 1:
        cases.append(Case("K04c", p.kept_at, _HIT, p.kept_at - t.received_at, t.number, dims))


def _in_time(cases: list[Case], t: TicketFact, now: Ms) -> None:
    """K06 with its two parts: urgent repairs on site and made safe; others on site as agreed and finished by the first promise.
    A repair is due when the last of its parts is."""
    if t.type == TicketType.URGENT_REPAIR:
        arrive, finish, judge = Clock.ARRIVE_URGENT, Clock.MAKE_SAFE, verdict
    elif t.type in _MINOR:
        arrive, finish, judge = Clock.ARRIVE_APPT, Clock.COMPLETION, first_verdict
    else:
        return
    first = [p for p in t.promises if p.cycle == 1]
    ends = [p for p in first if p.clock == finish]
    due = max((p.first_due_at for p in first if p.clock in (arrive, finish)), default=None)
    if due is None:
        return
    arrived = both([verdict(p, now)[0] for p in first if p.clock == arrive])
    finished = both([judge(p, now)[0] for p in ends[:1]])
    dims = t.dimensions_in(1)
    for code, mark in (("K06", both([arrived, finished])), ("K06a", arrived), ("K06b", finished)):
        if isinstance(mark, Mark):
            cases.append(Case(code, due, mark, 1, t.number, dims))


def _first_promise(cases: list[Case], t: TicketFact, now: Ms) -> None:
    """K09, K10, K19, K39: what became of the time first promised."""
    promised = [p for p in t.promises if p.clock == Clock.COMPLETION]
    if not promised:
        return
    first, dims = promised[0], t.dimensions_in(1)
    mark, at = first_verdict(first, now)
    if mark is _MISS:
        at = first_due(first)
    if isinstance(mark, Mark):
        cases.append(Case("K09", at, mark, 1, t.number, dims))
    if t.leads and (t.postponed_at is not None or isinstance(mark, Mark)):
        late = _HIT if t.postponed_at is not None else _EXCLUDED if mark is _EXCLUDED else _MISS
        cases.append(Case("K10", at if t.postponed_at is None else t.postponed_at, late, 1, t.number, t.dimensions))
    _settled(cases, t, first.first_due_at, now)
    broken = [when for verdict_, when in (verdict(p, now) for p in promised) if verdict_ is _MISS]
    if broken or t.recovered is not None:  # late it was, also where the customer put it off afterwards
        cases.append(Case("K39", min(broken, default=t.recovered or 0), _MISS, 1, t.number, t.dimensions))
    elif t.leads and t.told_at is not None:
        cases.append(Case("K39", t.told_at, _HIT, 1, t.number, t.dimensions))


def _settled(cases: list[Case], t: TicketFact, due: Ms, now: Ms) -> None:
    """A valid complaint whose time is up is settled, or it is not; closed before its time it is settled already."""
    if t.valid and (t.state in _CLOSED or now > due):
        cases.append(Case("K19", due, _HIT if t.state in _CLOSED else _MISS, 1, t.number, t.dimensions))


def _voices(cases: list[Case], t: TicketFact, now: Ms) -> None:
    """What customers said of their own accord: complaints, a second time, and who kept hold of it (K15, K18, K20, K21, K10b)."""
    number, dims = t.number, t.dimensions
    if t.type in COMPLAINTS and t.replied_at is not None:
        cases.append(Case("K15", t.replied_at, _HIT if t.reached() else _MISS, 1, number, dims))
    if t.valid and t.valid_at is not None:
        cases += (Case("K18", t.valid_at, _HIT, 1, number, dims), Case("K18b", t.valid_at, _HIT, 1, number, dims))
    closed = t.closed_at if t.state in _CLOSED else None
    if t.leads and t.again_at is not None:
        cases.append(Case("K20", t.again_at, _HIT, 1, number, dims))
    elif t.leads and closed is not None:
        cases.append(Case("K20", closed, _MISS, 1, number, dims))
    if closed is not None:
        kept = t.owner_approved and (t.responder_told or t.completed_at is None)
        cases.append(Case("K21", closed, _HIT if kept else _MISS, 1, number, dims))
    for at in t.refused_second:
        cases.append(Case("K10b", at, _HIT, 1, number, dims))
