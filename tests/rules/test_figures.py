"""Every figure by hand: what a ticket's rows come to, at which instant, and to which period it belongs."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.clusters import Fault, clusters
from callcenter.domain.figures import FIGURES, Answer, Figure, Mark, Promised, TicketFact, Unit, cases_of, counted, daily, from_ms, to_ms
from callcenter.domain.figures.house import HOUR, Survey, cases_of_hours, cases_of_report, cases_of_survey, uncovered, without
from callcenter.domain.figures.promised import MOVES, Moved, Pending, verdict
from callcenter.domain.figures.repeated import cases_of_faults
from callcenter.domain.figures.standing import moves, moving, stock
from callcenter.domain.ticket import Promise
from callcenter.domain.vocabulary import Clock, Status

NINE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
MIN, DAY = 60_000, 86_400_000
LATER = 60 * DAY


def at(ms: float) -> int:
    """So long after nine."""
    return to_ms(NINE) + round(ms)


def promise(clock: Clock, due: float, kept: float | None = None, *, cycle: int = 1, first_due: float | None = None, paused_ms: int = 0,
            **ended: float) -> Promised:
    return Promised(clock.value, cycle, at(0), at(due), at(due if first_due is None else first_due), None if kept is None else at(kept),
                    **{name: at(when) for name, when in ended.items()}, paused_ms=paused_ms)


def ticket(type_: str = "daily_repair", *promises: Promised, number: str = "WX-1", state: str = "closed", **more: object) -> TicketFact:
    return TicketFact(number, type_, state, at(0), promises=promises, **more)  # type: ignore[arg-type]


def figures(*tickets: TicketFact, now: float = LATER) -> dict[str, Figure]:
    return counted([case for t in tickets for case in cases_of(t, at(now))], NINE + timedelta(milliseconds=now))


def fraction(figure: Figure) -> tuple[int, int, int]:
    return figure.numerator, figure.denominator, figure.excluded


def instant(t: TicketFact, code: str, now: float = LATER) -> list[float]:
    """When the cases of *code* were decided, after nine."""
    return [case.at - at(0) for case in cases_of(t, at(now)) if case.code == code]


# ---- promises ------------------------------------------------------------------------------------

@pytest.mark.parametrize(("kept", "met"), [(179_900, 1), (180_000, 1), (180_001, 0)])
def test_three_minutes_are_three_minutes_to_the_millisecond(kept, met):
    assert fraction(figures(ticket("daily_repair", promise(Clock.DISPATCH, 180_000, kept)))["K04"]) == (met, 1, 0)


def test_an_open_promise_has_failed_from_its_due_time_on_and_belongs_to_that_instant():
    waiting = ticket("daily_repair", promise(Clock.DISPATCH, 180_000), state="new")
    assert fraction(figures(waiting, now=180_000)["K04"]) == (0, 0, 0)
    assert fraction(figures(waiting, now=180_001)["K04"]) == (0, 1, 0)
    assert instant(waiting, "K04", 180_001) == [180_000]


def test_kept_late_it_belongs_to_the_breach_and_in_time_to_when_it_was_kept():
    assert instant(ticket("daily_repair", promise(Clock.DISPATCH, 180_000, 500_000)), "K04") == [180_000]
    assert instant(ticket("daily_repair", promise(Clock.DISPATCH, 180_000, 90_000)), "K04") == [90_000]


def test_consent_in_time_is_on_neither_side_and_shown_apart():
    found = figures(ticket("daily_repair", promise(Clock.DISPATCH, 180_000, excused_at=150_000), consented=True),
                    ticket("daily_repair", promise(Clock.DISPATCH, 180_000), consented=True))
    assert fraction(found["K04"]) == (0, 1, 1)
    assert fraction(found["K04b"]) == (1, 2, 0)


def test_a_child_of_an_incident_is_excused_without_consent():
    found = figures(ticket("urgent_repair", promise(Clock.DISPATCH, 180_000, excused_at=1), child=True))
    assert (fraction(found["K04"]), fraction(found["K04b"])) == ((0, 0, 1), (0, 0, 1))


def test_withdrawn_and_merged_tickets_are_no_cases_at_all():
    for state in ("cancelled", "merged"):
        assert cases_of(ticket("daily_repair", promise(Clock.DISPATCH, 180_000), state=state), at(LATER)) == []


def test_how_long_it_took_from_receipt_to_dispatch_is_told_beside_the_official_figure():
    fast, slow, slower = (ticket("daily_repair", promise(Clock.DISPATCH, 180_000, kept)) for kept in (60_000, 100_000, 400_000))
    assert figures(fast, slow, slower)["K04c"].value == 100
    assert figures(fast, slow)["K04c"].text == "80 s"
    assert figures()["K04c"].text == "—"


@pytest.mark.parametrize(("clock", "code"), [
    (Clock.ARRIVE_URGENT, "K05"), (Clock.ARRIVE_APPT, "K07"), (Clock.FEEDBACK, "K08"), (Clock.RECONTACT, "K22"), (Clock.DISSAT_NOTICE, "K23"),
    (Clock.SLIP_RETURN, "K25"), (Clock.VERIFY, "K37"), (Clock.ESCALATION_ACK, "K38")])
def test_promises_that_are_a_figure_by_themselves(clock, code):
    both = ticket("warranty_repair", promise(clock, 10 * MIN, 10 * MIN), promise(clock, 10 * MIN, 10 * MIN + 1), promise(clock, LATER + 1))
    assert fraction(figures(both)[code]) == (1, 2, 0)


def test_a_slip_belongs_to_the_day_the_work_was_completed():
    assert instant(ticket("daily_repair", promise(Clock.SLIP_RETURN, 4 * 60 * MIN, 60 * MIN)), "K25") == [0]


_TIMES = st.integers(0, 20)
_MAYBE = st.none() | _TIMES


@given(due=_TIMES, kept=_MAYBE, excused=_MAYBE, voided=_MAYBE, broken=st.booleans(), paused=_MAYBE, now=_TIMES)
def test_the_verdict_is_the_one_the_rules_give(due, kept, excused, voided, broken, paused, now):
    def moment(ms):
        return None if ms is None else NINE + timedelta(milliseconds=ms)

    rules = Promise(Clock.DISPATCH, NINE, moment(due), moment(due), kept_at=moment(kept), excused_at=moment(excused), voided_at=moment(voided),
                    broken_at=moment(due) if broken else None, paused_at=moment(paused)).status(moment(now))
    row = Promised("dispatch", 1, 0, due, due, kept, excused, voided, due if broken else None, paused)
    words = {Status.KEPT: Mark.HIT, Status.BROKEN: Mark.MISS, Status.EXCUSED: Mark.EXCLUDED, Status.RUNNING: Pending.RUNNING,
             Status.VOID: Pending.VOID}
    assert verdict(row, now)[0] is words[rules]


# ---- repairs in time -----------------------------------------------------------------------------

def minor(arrived: float | None, finished: float | None, **more: object) -> TicketFact:
    return ticket("public_repair", promise(Clock.ARRIVE_APPT, 4 * 60 * MIN, arrived), promise(Clock.COMPLETION, 2 * DAY, finished), **more)


def test_a_minor_repair_is_in_time_on_site_and_finished_and_each_part_is_shown():
    found = figures(minor(60 * MIN, DAY), minor(5 * 60 * MIN, DAY), minor(60 * MIN, 3 * DAY))
    assert (fraction(found["K06"]), fraction(found["K06a"]), fraction(found["K06b"])) == ((1, 3, 0), (2, 3, 0), (2, 3, 0))
    assert instant(minor(60 * MIN, DAY), "K06") == [2 * DAY]  # it belongs to the day it was due


def test_an_overdue_repair_has_failed_before_it_is_finished_and_finishing_changes_nothing():
    open_ = minor(60 * MIN, None, state="on_site")
    assert fraction(figures(open_, now=40 * 60 * MIN)["K06"]) == (0, 0, 0)
    assert fraction(figures(open_, now=49 * 60 * MIN)["K06"]) == (0, 1, 0)
    assert fraction(figures(minor(60 * MIN, 50 * 60 * MIN), now=51 * 60 * MIN)["K06"]) == (0, 1, 0)


def test_an_urgent_repair_is_in_time_on_site_and_made_safe():
    def urgent(arrived, safe):
        return ticket("urgent_repair", promise(Clock.ARRIVE_URGENT, 30 * MIN, arrived), promise(Clock.MAKE_SAFE, 8 * 60 * MIN, safe),
                      promise(Clock.COMPLETION, 2 * DAY, 3 * DAY))
    found = figures(urgent(30 * MIN, 60 * MIN), urgent(30 * MIN + 1, 60 * MIN), urgent(10 * MIN, 9 * 60 * MIN))
    assert (fraction(found["K06"]), fraction(found["K06a"]), fraction(found["K06b"])) == ((1, 3, 0), (2, 3, 0), (2, 3, 0))


def test_a_postponement_does_not_mend_the_first_promise_but_waiting_for_the_customer_does():
    postponed = ticket("daily_repair", promise(Clock.COMPLETION, 4 * DAY, 3 * DAY, first_due=2 * DAY), postponed_at=at(DAY))
    waited = ticket("daily_repair", promise(Clock.COMPLETION, 3 * DAY, 3 * DAY, first_due=2 * DAY, paused_ms=DAY))
    found = figures(postponed, waited)
    assert (fraction(found["K09"]), fraction(found["K06"])) == ((1, 2, 0), (1, 2, 0))
    assert instant(postponed, "K09") == [2 * DAY]


# ---- postponements, weeks, second times ----------------------------------------------------------

def test_postponed_matters_stand_over_matters_with_a_promise_due_and_second_attempts_are_counted():
    kept = ticket("daily_repair", promise(Clock.COMPLETION, 2 * DAY, DAY))
    moved = ticket("daily_repair", promise(Clock.COMPLETION, 4 * DAY, 3 * DAY, first_due=2 * DAY), postponed_at=at(DAY),
                   refused_second=(at(2 * DAY),))
    again = ticket("daily_repair", promise(Clock.COMPLETION, 2 * DAY, DAY), leads=False)
    running = ticket("daily_repair", promise(Clock.COMPLETION, LATER + 1), state="new")
    found = figures(kept, moved, again, running)
    assert fraction(found["K10"]) == (1, 2, 0)
    assert (found["K10b"].value, found["K10b"].met) == (1, False)
    assert instant(moved, "K10") == [DAY]


def test_told_before_the_slip_or_late_without_a_word():
    told = ticket("daily_repair", promise(Clock.COMPLETION, 4 * DAY, 3 * DAY, first_due=2 * DAY), postponed_at=at(DAY), told_at=at(DAY))
    late = ticket("daily_repair", promise(Clock.COMPLETION, 2 * DAY, 3 * DAY))
    told_and_late = ticket("daily_repair", promise(Clock.COMPLETION, 3 * DAY, 5 * DAY, first_due=2 * DAY), postponed_at=at(DAY), told_at=at(DAY))
    assert fraction(figures(told, late, told_and_late)["K39"]) == (1, 3, 0)


def test_beyond_a_week_counts_unless_it_was_approved():
    beyond = promise(Clock.WEEK_CAP, 7 * DAY, 8 * DAY)
    found = figures(ticket("daily_repair", beyond), ticket("daily_repair", beyond, special_case=True),
                    ticket("daily_repair", promise(Clock.WEEK_CAP, 7 * DAY, 7 * DAY)))["K11"]
    assert fraction(found) == (1, 2, 1)
    assert found.cases == ("WX-1",)


def test_again_within_thirty_days_is_rework_and_a_second_time():
    done = {"completed_at": at(60 * MIN), "closed_at": at(120 * MIN)}
    fine = ticket("daily_repair", number="WX-1", **done)
    reworked = ticket("daily_repair", number="WX-2", cycle=2, again_at=at(10 * DAY), completed_at=at(60 * MIN), state="rework")
    anew = ticket("daily_repair", number="WX-3", taken_up_again=True, again_at=at(10 * DAY), **done)
    found = figures(fine, reworked, anew)
    assert (fraction(found["K12"]), found["K12"].cases) == ((2, 3, 0), ("WX-2", "WX-3"))
    assert fraction(found["K20"]) == (2, 3, 0)
    assert instant(reworked, "K12") == [60 * MIN]  # the day of the first completion
    assert instant(reworked, "K20") == [10 * DAY]
    assert instant(ticket("inquiry", state="new"), "K20") == []


# ---- follow-up -----------------------------------------------------------------------------------

def answer(satisfaction: str | None = "satisfied", *, when: float = DAY, reached: bool = True, **more: object) -> Answer:
    return Answer(at(when), reached, satisfaction, **more)  # type: ignore[arg-type]


def test_four_of_four_are_a_hundred_per_cent_without_green():
    figure = figures(ticket("daily_repair", answers=tuple(answer(when=n) for n in range(4))))["K16"]
    assert (figure.text, figure.few, figure.met) == ("100.0 %", True, None)


def test_fairly_satisfied_counts_in_the_lenient_figure_only_and_who_declines_is_shown_apart():
    answers = (answer("very_satisfied"), answer("fairly"), answer("dissatisfied"), answer(None), answer("dissatisfied", kind="recontact"),
               answer(None, reached=False))
    found = figures(ticket("daily_repair", answers=answers))
    assert (fraction(found["K16"]), fraction(found["K16b"])) == ((2, 3, 1), (1, 3, 1))


def test_completed_called_reached_and_answered_stand_side_by_side():
    done = {"completed_at": at(0)}
    found = figures(ticket("daily_repair", **done), ticket("daily_repair", answers=(answer(None, reached=False),), **done),
                    ticket("daily_repair", answers=(answer(None),), **done), ticket("daily_repair", answers=(answer(),), **done),
                    ticket("suggestion", answers=(answer(),), **done))
    assert [fraction(found[code]) for code in ("K14b", "K14", "K14c")] == [(3, 4, 0), (2, 4, 0), (1, 4, 0)]


def test_a_warranty_follow_up_counts_when_the_customer_was_reached_in_time():
    def warranty(kept, *answers, **more):
        return ticket("warranty_repair", promise(Clock.CALLBACK, 2 * DAY, kept), answers=answers, **more)
    found = figures(warranty(DAY, answer()), warranty(None, answer(None, reached=False), evidence="unreachable"), warranty(3 * DAY, answer()))
    assert fraction(found["K13"]) == (1, 3, 0)
    assert instant(warranty(DAY, answer()), "K13") == [2 * DAY]
    assert fraction(figures(warranty(None), now=DAY)["K13"]) == (0, 0, 0)


def test_right_first_is_known_from_whoever_looked_first():
    fine = ticket("daily_repair", answers=(answer(solved=True),))
    leaks = ticket("daily_repair", answers=(answer("dissatisfied", solved=False), answer(when=2 * DAY)), cycle=2)
    rejected = ticket("warranty_repair", verified=((at(60 * MIN), False), (at(DAY), True)), cycle=2)
    nobody_looked = ticket("daily_repair", answers=(answer(None, reached=False),))
    found = figures(fine, leaks, rejected, nobody_looked)["K34"]
    assert fraction(found) == (1, 3, 0)
    assert instant(rejected, "K34") == [60 * MIN]


def test_who_would_not_say_has_neither_accepted_the_work_nor_rejected_it():
    would_not_say = ticket("daily_repair", answers=(answer(None),))
    verified = ticket("warranty_repair", verified=((at(60 * MIN), True),), answers=(answer(None),))
    again = ticket("daily_repair", answers=(answer(None),), cycle=2)
    anew = ticket("daily_repair", answers=(answer(),), taken_up_again=True)
    assert fraction(figures(would_not_say, verified, again, anew)["K34"]) == (1, 3, 1)


def test_three_records_are_a_slip_and_a_call_or_a_signature():
    closed = {"closed_at": at(DAY)}
    found = figures(ticket("daily_repair", slip_returned=True, signed=True, **closed), ticket("daily_repair", slip_returned=True, **closed),
                    ticket("daily_repair", signed=True, **closed), ticket("warranty_repair", answers=(answer(),), **closed),
                    ticket("urgent_repair", child=True, **closed))
    assert fraction(found["K24"]) == (2, 4, 1)


def test_every_dispatch_that_needs_a_certificate_is_a_case():
    assert fraction(figures(ticket("daily_repair", certified=((at(0), True), (at(1), False))))["K26"]) == (1, 2, 0)


# ---- complaints ----------------------------------------------------------------------------------

def test_complaints_answered_reached_valid_and_settled():
    due = promise(Clock.COMPLETION, 2 * DAY, DAY)
    settled = ticket("complaint_service", due, valid=True, valid_at=at(60 * MIN), replied_at=at(DAY), answers=(answer(),), closed_at=at(DAY))
    open_ = ticket("complaint_service", promise(Clock.COMPLETION, 2 * DAY), valid=True, valid_at=at(60 * MIN), state="on_site")
    invalid = ticket("complaint_service", due, replied_at=at(DAY), closed_at=at(DAY))
    found = figures(settled, open_, invalid)
    assert (fraction(found["K15"]), fraction(found["K19"]), found["K18"].numerator) == ((1, 2, 0), (1, 2, 0), 2)
    assert fraction(figures(open_, now=DAY)["K19"]) == (0, 0, 0)
    assert instant(settled, "K19") == [2 * DAY]


def test_ownership_is_kept_when_nobody_took_it_and_the_first_responder_was_told():
    closed = {"closed_at": at(DAY), "completed_at": at(DAY)}
    found = figures(ticket("inquiry", responder_told=True, **closed), ticket("inquiry", **closed),
                    ticket("inquiry", responder_told=True, owner_approved=False, **closed))
    assert fraction(found["K21"]) == (1, 3, 0)


@pytest.mark.parametrize(("valid", "text", "met"), [(27, "1.93 %", True), (28, "2.01 %", False)])
def test_two_per_cent_of_1396_households(valid, text, met):
    figure = Figure("K18", "", "", "", "", valid, 1396, unit=Unit.PER_HOUSEHOLD, target=0.02, ceiling=True)
    assert (figure.text, figure.met) == (text, met)


# ---- the house -----------------------------------------------------------------------------------

def test_open_tickets_fall_into_bands_by_how_long_their_promise_is_overdue():
    ages = {"K40a": DAY - 1, "K40b": DAY, "K40c": 7 * DAY - 1, "K40d": 7 * DAY}
    open_ = [ticket("daily_repair", promise(Clock.COMPLETION, LATER - age), state="on_site", number=code) for code, age in ages.items()]
    fine = ticket("daily_repair", promise(Clock.COMPLETION, LATER), state="on_site")
    resting = ticket("daily_repair", promise(Clock.COMPLETION, DAY, paused_at=DAY), state="suspended")
    closed = ticket("daily_repair", closed_at=at(DAY))
    found = counted([case for t in [*open_, fine, resting, closed] for case in stock(t, at(LATER))], NINE)
    assert found["K40"].value == 6
    assert {code: found[code].cases for code in ages} == {code: (code,) for code in ages}


def test_what_was_closed_and_taken_up_again_was_not_open_in_between():
    again = ticket("daily_repair", state="cancelled", stood=((at(0), at(DAY)), (at(2 * DAY), at(3 * DAY))))
    assert [len(stock(again, at(day * DAY))) > 0 for day in (0, .5, 1, 1.5, 2, 2.5, 3, 4)] == [False, True, True, False, False, True, True, False]


def test_what_was_overdue_when_it_was_put_off_was_overdue_until_then_and_what_rested_was_not():
    put_off = ticket("daily_repair", promise(Clock.COMPLETION, 9 * DAY, 8 * DAY, first_due=2 * DAY), state="on_site",
                     moved=(Moved(at(4 * DAY), "move", at(9 * DAY)),))
    rested = ticket("daily_repair", promise(Clock.COMPLETION, 5 * DAY, first_due=2 * DAY, paused_ms=3 * DAY), state="on_site",
                    moved=(Moved(at(DAY), "pause"), Moved(at(4 * DAY), "resume")))
    bands = [[[c.code for c in stock(t, at(day * DAY)) if c.mark is Mark.HIT][1:] for day in (2, 2.5, 3.5, 4, 4.5, 5.5)] for t in (put_off, rested)]
    assert bands == [[[], ["K40a"], ["K40b"], ["K40c"], [], []], [[], [], [], [], [], ["K40a"]]]


def test_the_stock_at_any_instant_is_what_came_less_what_ceased():
    dice = Random("stock")
    for _ in range(200):
        days = sorted(dice.sample(range(1, 40), 5))
        stood = ((at(0), at(days[0] * DAY)), (at(days[1] * DAY), dice.choice([None, at(days[3] * DAY)])))
        due = dice.sample(range(1, 40), 2)
        ends = [{}, {"kept": (due[0] + dice.choice([-1, 0, 1, 2, 9])) * DAY}, {"paused_at": dice.randrange(40) * DAY}, {"voided_at": 30 * DAY}]
        known = [promise(Clock.COMPLETION, d * DAY, cycle=n + 1, **dice.choice(ends)) for n, d in enumerate(due)]
        acts = (Moved(at(dice.randrange(41 * DAY)), dice.choice(MOVES), at(dice.randrange(41 * DAY))) for _ in range(4))
        history = tuple(sorted(acts)) if dice.random() < .5 else ()
        t, now = ticket("daily_repair", *known, state="on_site", stood=dice.choice([(), stood]), moved=history), at(41 * DAY)
        moved = moves(t, now)
        for end in {m.at + d for m in moved for d in (0, 1)} | {at(dice.randrange(41 * DAY)) for _ in range(20)}:
            counted_then = Counter(m.code for m in moved if m.at < end and m.mark is Mark.HIT)
            counted_then.subtract(m.code for m in moved if m.at < end and m.mark is Mark.MISS)
            assert +counted_then == Counter(c.code for c in stock(t, end) if c.mark is Mark.HIT)
        early = at(days[2] * DAY)
        until = min((m for m in moving(t, early) if m >= early), default=now)
        assert moves(t, early) == moves(t, until)


def test_the_same_fault_again_adds_up_day_by_day_over_any_weeks():
    dice = Random("faults")
    for _ in range(150):
        times = sorted(at(dice.choice([dice.randrange(60), dice.randrange(60 * 24) / 24]) * DAY) for _ in range(dice.randrange(3, 30)))
        cases = cases_of_faults(times, daily.values_of(compound="QH"))
        for _ in range(10):
            first = daily.day_of(at(0)) + dice.randrange(-5, 50)
            last = first + dice.randrange(7, 40)
            since, until = from_ms(daily.begin_of(first)), from_ms(daily.begin_of(last))
            known = [Fault(f"W{n}", from_ms(t), "QH", "3栋", "leak") for n, t in enumerate(times) if from_ms(t) < until]
            found = [c for c in clusters(known) if c.last_at >= since]
            began = sum(c.code == "K36" and first <= c.day < last for c in cases)
            assert began + sum(c.code != "K36" and c.day == first for c in cases) == len(found)


def test_an_hour_of_the_roster_counts_only_when_it_was_served_throughout():
    start = 1000 * HOUR
    cases = cases_of_hours([(start + 2 * HOUR, start + 3 * HOUR), (start + 5 * HOUR - 1, start + 5 * HOUR)], start, start + 6 * HOUR + HOUR // 2)
    assert fraction(counted(cases, NINE)["K33"]) == (4, 6, 0)
    assert uncovered([(5, 9), (0, 6), (20, 30)], 2, 25) == [(9, 20)]
    assert uncovered([(1, 2)], 0, 3) == [(0, 1), (2, 3)]
    assert without((0, 10), [(0, 1), (3, 4), (9, 12), (20, 30)]) == [(1, 3), (4, 9)]


def test_a_report_confirmed_in_time_and_one_that_was_not():
    kept, late = promise(Clock.DAILY_CLOSE, DAY, DAY), promise(Clock.DAILY_CLOSE, DAY)
    cases = cases_of_report("a", "", [kept], at(LATER)) + cases_of_report("b", "", [late], at(LATER))
    assert fraction(counted(cases, NINE)["K32"]) == (1, 2, 0)


def test_a_survey_counts_its_sheets():
    found = counted(cases_of_survey(Survey("2026H1", "QH", at(0), households=200, issued=190, returned=160, satisfied=158)), NINE)
    assert [fraction(found[code])[:2] for code in ("K17", "K30", "K30b", "K30c")] == [(158, 160), (1, 1), (190, 200), (160, 190)]


# ---- the catalogue -------------------------------------------------------------------------------

def test_every_figure_of_the_trade_is_in_the_catalogue_with_both_names_and_its_source():
    assert {f"K{n:02d}" for n in range(1, 41)} <= set(FIGURES)
    for code, d in FIGURES.items():
        assert d.code == code
        assert all((d.zh, d.en, d.formula, d.formula_en, d.source))
        assert not any("\u3000" <= c <= "\u9fff" for c in d.en + d.formula_en)
        assert d.beside is None or FIGURES[d.beside].theme is d.theme


def test_no_data_is_no_figure():
    assert {f.text for f in figures().values() if f.unit is not Unit.COUNT} == {"—"}
