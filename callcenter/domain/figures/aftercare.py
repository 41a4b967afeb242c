"""What came after the work: follow-up calls, satisfaction, rework, records and certificates (K12–K16, K24, K26, K34)."""

from callcenter.domain.figures.cases import Case, Mark, Ms
from callcenter.domain.figures.facts import TicketFact
from callcenter.domain.figures.promised import Pending, verdict
from callcenter.domain.vocabulary import CONTENT, REPAIRS, Clock, Evidence, Satisfaction, State, TicketType

#: work whose quality engineering verifies instead of a slip that is returned
VERIFIED = frozenset({TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE})
_CLOSED = frozenset({State.CLOSED.value, State.CLOSED_UNSATISFIED.value})
_HIT, _MISS, _EXCLUDED = Mark.HIT, Mark.MISS, Mark.EXCLUDED


def aftercare(cases: list[Case], t: TicketFact, now: Ms) -> None:
    """The cases are added to *cases*."""
    if t.answers:
        _satisfied(cases, t)
    for at, valid in t.certified:
        cases.append(Case("K26", at, _HIT if valid else _MISS, 1, t.number, t.dimensions))
    if t.type in REPAIRS:
        _repair(cases, t)
    if t.type in VERIFIED:
        _warranty(cases, t, now)


def _satisfied(cases: list[Case], t: TicketFact) -> None:
    """Every follow-up that was answered; the specialist's calls afterwards are not asked twice, who declines is shown apart (CB12)."""
    for a in t.answers:
        if a.kind == "recontact" or not a.reached:
            continue
        said = a.satisfaction
        good = _EXCLUDED if said is None else _HIT if said in CONTENT else _MISS
        strict = _MISS if said == Satisfaction.FAIRLY else good
        cases.append(Case("K16", a.at, good, 1, t.number, t.dimensions))
        cases.append(Case("K16b", a.at, strict, 1, t.number, t.dimensions))


def _repair(cases: list[Case], t: TicketFact) -> None:
    number, dims = t.number, t.dimensions
    if t.completed_at is not None:
        reworked = t.cycle > 1 or t.taken_up_again
        answered = any(a.satisfaction is not None for a in t.answers)
        for code, good in (("K12", reworked), ("K14", t.reached()), ("K14b", bool(t.answers)), ("K14c", answered)):
            cases.append(Case(code, t.completed_at, _HIT if good else _MISS, 1, number, t.dimensions_in(1)))
    if t.state in _CLOSED and t.closed_at is not None:
        asked = t.reached() or t.signed or t.evidence == Evidence.RECORDED  # or found by ourselves: nobody to ask
        complete = (t.slip_returned or t.type in VERIFIED) and asked
        cases.append(Case("K24", t.closed_at, _EXCLUDED if t.child else _HIT if complete else _MISS, 1, number, dims))
    _right_first(cases, t)


def _right_first(cases: list[Case], t: TicketFact) -> None:
    """Accepted by whoever looked first, engineering or the customer; once it had to be done again it was not. A customer who would not
    say has neither accepted nor rejected it: shown apart, as with satisfaction (CB12)."""
    looks = sorted([*t.verified, *((a.at, a.solved is not False and (a.satisfaction is None or a.satisfaction in CONTENT))
                                   for a in t.answers if a.reached)])
    if not looks:
        return
    failed = [at for at, good in looks if not good]
    wrong = bool(failed) or t.cycle > 1 or t.taken_up_again
    said = bool(t.verified) or any(a.solved is not None or a.satisfaction is not None for a in t.answers if a.reached)
    mark = _MISS if wrong else _HIT if said else _EXCLUDED
    cases.append(Case("K34", failed[0] if failed else looks[0][0], mark, 1, t.number, t.dimensions_in(1)))


def _warranty(cases: list[Case], t: TicketFact, now: Ms) -> None:
    """Reached within C17; silence to the end is not reached (CB14)."""
    judged = ((p, *verdict(p, now)) for p in t.promises if p.clock == Clock.CALLBACK)
    first = next((found for found in judged if found[1] is not Pending.VOID or t.evidence == Evidence.UNREACHABLE), None)
    if first is None:
        return
    p, mark, _ = first
    if t.evidence == Evidence.UNREACHABLE:
        mark = _MISS
    elif mark is _HIT and not t.reached():
        return
    if isinstance(mark, Mark):
        cases.append(Case("K13", p.first_due_at, mark, 1, t.number, t.dimensions))
