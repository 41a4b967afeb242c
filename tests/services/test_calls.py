"""Calls as the desk uses them: held, ended, called back, written down; one first responder whatever happens at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Refused
from callcenter.services import audit, timers
from callcenter.services.telephone import calls
from callcenter.storage import facts, ledger
from callcenter.storage.tables import CallEventRow, CallRow, EventRow, PromiseRow
from tests.hotlines import NINE

NUMBER = "+8619000000001"


def at(seconds):
    return NINE + timedelta(seconds=seconds)


def ringing(hotline, sid="CA1", seconds=0, number=NUMBER):
    return calls.arrive(hotline, sid, number, at(seconds))


def row(hotline, sid="CA1"):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(CallRow).where(CallRow.sid == sid))


def promises(hotline, now, sid="CA1"):
    with hotline.store.reading() as session:
        query = sa.select(PromiseRow).join(CallRow, CallRow.id == PromiseRow.call_id).where(CallRow.sid == sid).order_by(PromiseRow.id)
        return [(str(p.key), str(p.status(now))) for p in map(facts.promise, session.scalars(query))]


def sound(hotline):
    with hotline.store.reading() as session:
        return audit.unguarded(hotline, session) == [] and list(ledger.faults(session)) == []


def test_a_caller_is_known_by_their_number(hotline):
    arrival = ringing(hotline, number="0190 0000 0001")
    assert [(h.name, h.room) for h in arrival.households] == [("周敏", "梧桐里3栋2单元1602")]
    assert arrival.agents[:2] == ["agent01", "agent02"]


@pytest.mark.parametrize(("rang", "rings"), [(0, 1), (5, 1), (5.001, 2), (14.9, 3), (15.1, 4)])
def test_rings_are_counted_in_chinese_ring_cycles(rang, rings):
    assert calls.ring_count(NINE, at(rang)) == rings


@pytest.mark.parametrize(("rang", "status"), [(14.9, "kept"), (15, "kept"), (15.001, "broken")])
def test_three_rings_are_fifteen_seconds_to_the_millisecond(hotline, rang, status):
    ringing(hotline)
    calls.answered(hotline, "CA1", "agent01", at(rang))
    timers.fire_due(hotline, at(60))
    assert promises(hotline, at(60)) == [("answer", status)]


def test_of_eight_who_answer_at_once_one_is_first_responder_and_seven_are_told_who(hotline):
    ringing(hotline)

    def answer(n):
        try:
            return calls.answered(hotline, "CA1", f"agent0{n}", at(5)).answered_by
        except Refused as refused:
            return refused
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answer, range(1, 9)))
    [winner] = [a for a in answers if isinstance(a, str)]
    assert winner == row(hotline).answered_by
    assert {a.code for a in answers if isinstance(a, Refused)} == {"already_answered"}
    assert sound(hotline)


def test_time_on_hold_adds_up_and_every_minute_is_promised(hotline):
    ringing(hotline)
    calls.answered(hotline, "CA1", "agent01", at(5))
    for start, end in ((10, 30), (40, 105)):
        calls.held(hotline, "CA1", at(start))
        calls.resumed(hotline, "CA1", at(end))
    assert row(hotline).hold_ms == 85_000
    assert promises(hotline, at(110)) == [("answer", "kept"), ("hold", "kept"), ("hold", "broken")]


def test_a_caller_who_hangs_up_on_hold_leaves_nothing_running_but_the_registration(hotline):
    ringing(hotline)
    calls.answered(hotline, "CA1", "agent01", at(5))
    calls.held(hotline, "CA1", at(10))
    calls.ended(hotline, "CA1", at(25))
    assert row(hotline).hold_ms == 15_000
    assert promises(hotline, at(30)) == [("answer", "kept"), ("hold", "kept"), ("register", "running")]


def test_what_is_over_stays_over(hotline):
    ringing(hotline)
    assert calls.ended(hotline, "CA1", at(8)) == "abandoned"
    assert calls.ended(hotline, "CA1", at(80)) == "abandoned"
    with pytest.raises(Refused, match="call_over"):
        calls.answered(hotline, "CA1", "agent01", at(81))
    assert row(hotline).ended_at == at(8)


def test_a_return_call_is_made_once_and_keeps_its_promise(hotline):
    ringing(hotline)
    calls.ended(hotline, "CA1", at(8))
    assert calls.returned(hotline, "CA1", "agent01", "no_answer", at(600)) == "done"
    with pytest.raises(Refused):
        calls.returned(hotline, "CA1", "agent02", "reached", at(601))
    assert promises(hotline, at(700))[1] == ("missed_call", "kept")


def test_two_calls_of_one_number_given_up_at_once_owe_one_return_call(hotline):
    for n in range(8):
        ringing(hotline, f"CA{n}")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: calls.ended(hotline, f"CA{n}", at(9)), range(8)))
    with hotline.store.reading() as session:
        states = sorted(session.scalars(sa.select(CallRow.return_call)))
    assert states == ["cancelled"] * 7 + ["due"]
    assert sound(hotline)


def test_late_news_of_an_answer_takes_a_return_call_back_but_not_one_that_was_made(hotline):
    for sid, made in (("CA1", False), ("CA2", True)):
        ringing(hotline, sid, number=f"+861900000000{sid[-1]}")
        calls.ended(hotline, sid, at(30))
        if made:
            calls.returned(hotline, sid, "agent02", "reached", at(60))
        calls.answered(hotline, sid, "agent01", at(70), at=at(10))
    assert (row(hotline).return_call, row(hotline, "CA2").return_call) == ("none", "done")
    assert promises(hotline, at(70)) == [("answer", "kept"), ("missed_call", "void"), ("register", "running")]
    assert sound(hotline)


def test_one_arrival_or_delivery_at_eight_doors_at_once_is_one(hotline):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ringing(hotline), range(32)))
        kept = list(pool.map(lambda _: calls.store_delivery(hotline, "key", "CA1", "voice", {"a": "1"}, NINE), range(32)))
    assert sum(kept) == 1
    with hotline.store.reading() as session:
        assert [session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (CallRow, CallEventRow, EventRow)] == [1, 1, 1]


@pytest.mark.parametrize("user", ["plumber01", "guard01", "engineering01", "pm01", "quality01", "builder01", "admin01", "auditor01"])
def test_who_does_not_answer_the_hotline_cannot_become_first_responder_by_a_call(hotline, user):
    ringing(hotline)
    with pytest.raises(Refused) as no:
        calls.answered(hotline, "CA1", user, at(5))
    assert (no.value.code, row(hotline).answered_by) == ("may_not_answer", None)


@pytest.mark.parametrize("user", ["agent01", "lead01", "dispatcher01", "supervisor01", "callback01"])
def test_everybody_at_the_desk_may_answer(hotline, user):
    ringing(hotline)
    assert calls.answered(hotline, "CA1", user, at(5)).answered_by == user


@pytest.mark.parametrize(("written", "kept"), [("打错电话", "wrong_number"), ("Wrong number", "wrong_number"), ("wrong_number", "wrong_number"),
                                               (" 问路 ", "问路")])
def test_a_usual_note_is_kept_as_its_code_whatever_the_language_it_was_chosen_in(hotline, written, kept):
    ringing(hotline)
    calls.answered(hotline, "CA1", "agent01", at(5))
    calls.ended(hotline, "CA1", at(20))
    calls.dispose(hotline, "CA1", "agent01", written, at(40))
    assert row(hotline).disposition == kept
