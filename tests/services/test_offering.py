"""Who is rung for a caller, who waits, and what holds whatever happens in whatever order."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain import offering as choice
from callcenter.domain.offering import Reachable
from callcenter.domain.telephone import OfferReason, Strategy
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.telephone import agents, blocking, calls, offering, voicemail, waiting, waiting_line
from callcenter.services.telephone.offering import Then
from callcenter.services.telephone.voicemail import Recorded
from callcenter.storage import ledger
from callcenter.storage.tables import CallRow, PromiseRow
from callcenter.storage.telephone_tables import AgentSpanRow, OfferRow
from tests.hotlines import NINE

CALLER = "+8619000000001"
DESK = ("agent01", "agent02", "lead02")


def at(seconds):
    return NINE + timedelta(seconds=seconds)


def signed_on(hotline, *users, now=NINE):
    for n, user in enumerate(users):
        agents.choose(hotline, user, "available", now + timedelta(milliseconds=n))


def rung(hotline, sid, now, number=CALLER):
    calls.arrive(hotline, sid, number, now, greeted=True)
    return waiting.forward(hotline, sid, now).step


def call(hotline, sid):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(CallRow).where(CallRow.sid == sid))


# ---- the choice ------------------------------------------------------------------------------------------

def test_who_fits_comes_first_agents_before_leads_and_then_the_strategy(sqlite_hotline):
    rule = sqlite_hotline.rulebook.policy.telephone
    free = [Reachable("a", False, False, at(0)), Reachable("b", False, True, at(30), 1, 9), Reachable("c", False, True, at(10), 5, 2),
            Reachable("d", True, True, at(0))]
    firsts = {s: [r.user for r in choice.order(s, free)] for s in (Strategy.LONGEST_IDLE, Strategy.FEWEST_CALLS, Strategy.ROUND_ROBIN)}
    assert firsts == {Strategy.LONGEST_IDLE: ["c", "b", "d", "a"], Strategy.FEWEST_CALLS: ["b", "c", "d", "a"],
                      Strategy.ROUND_ROBIN: ["c", "b", "d", "a"]}
    assert choice.choose(rule, free, ["a"], (), timedelta()) == (OfferReason.OWNER, ["a"])
    assert choice.choose(replace(rule, sticky=False), free, ["a"], ("c",), timedelta()) == (OfferReason.TURN, ["b"])
    assert choice.choose(rule, free, (), (), rule.ring_all_after) == (OfferReason.EVERYBODY, ["c", "b", "d", "a"])


def test_one_agent_is_rung_for_ten_seconds_then_the_next_until_the_third_ring_then_everybody(sqlite_hotline):
    signed_on(sqlite_hotline, *DESK)
    first = rung(sqlite_hotline, "CA1", at(60))
    assert (first.users, first.rings_for) == (("agent01",), timedelta(seconds=10))
    second = waiting.unanswered(sqlite_hotline, "CA1", at(70)).step
    assert (second.users, second.rings_for) == (("agent02",), timedelta(seconds=5))
    third = waiting.unanswered(sqlite_hotline, "CA1", at(75)).step
    assert (third.then, third.users) == (Then.RING, ("lead02",))
    assert waiting.unanswered(sqlite_hotline, "CA1", at(85)).step.then is Then.WAIT


def test_whoever_answers_for_an_open_matter_is_rung_first(sqlite_hotline):
    signed_on(sqlite_hotline, *DESK)
    tickets.open_ticket(sqlite_hotline, Act(Action.OPEN_TICKET, "agent02", {
        "category": "104", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水龙头滴水",
        "contact_phone": "19000000001"}), "k", NINE)
    assert rung(sqlite_hotline, "CA1", at(60)).users == ("agent02",)


def test_while_nobody_has_signed_on_everybody_on_duty_is_rung_once(sqlite_hotline):
    assert rung(sqlite_hotline, "CA1", NINE).users == DESK
    assert rung(sqlite_hotline, "CA1", at(5)).users == DESK
    assert waiting.unanswered(sqlite_hotline, "CA1", at(40)).step.then is Then.GOODBYE


def test_who_has_not_signed_on_is_rung_when_nobody_else_is_free(sqlite_hotline):
    signed_on(sqlite_hotline, "agent01")
    rung(sqlite_hotline, "CA1", NINE)
    calls.answered(sqlite_hotline, "CA1", "agent01", at(3))
    assert rung(sqlite_hotline, "CA2", at(10)).users == ("agent02", "lead02")
    assert waiting.unanswered(sqlite_hotline, "CA2", at(50)).step.then is Then.WAIT


# ---- the line --------------------------------------------------------------------------------------------

def test_callers_wait_in_their_order_emergencies_first_and_are_never_told_a_worse_place(hotline):
    signed_on(hotline, *DESK)
    for n, user in enumerate(DESK):
        rung(hotline, f"T{n}", NINE, f"+861900000010{n}")
        calls.answered(hotline, f"T{n}", user, at(2))
    for n in (1, 2, 3):
        assert rung(hotline, f"Q{n}", at(10 + n), f"+861900000020{n}").then is Then.WAIT
    assert [waiting.look(hotline, f"Q{n}", at(20)).place for n in (1, 2, 3)] == [1, 2, 3]
    calls.arrive(hotline, "E1", "+8619000000300", at(21), greeted=True)
    waiting.greeted(hotline, "E1", at(21), emergency=True)
    waiting.forward(hotline, "E1", at(22))
    assert [waiting.look(hotline, sid, at(25)).place for sid in ("E1", "Q1", "Q2")] == [1, None, None]
    calls.ended(hotline, "T0", at(30))
    calls.dispose(hotline, "T0", "agent01", "wrong_number", at(31))
    agents.choose(hotline, "agent01", "available", at(31))
    assert [waiting.look(hotline, sid, at(32)).leave for sid in ("Q1", "Q2", "E1")] == [False, False, True]
    assert rung(hotline, "N1", at(33), "+8619000000400").then is Then.WAIT
    assert waiting.forward(hotline, "E1", at(34)).step.users == ("agent01",)
    assert waiting.look(hotline, "Q1", at(35)).leave is False


def test_a_return_call_keeps_the_place_before_newer_callers_and_may_be_asked_for_after_forty_seconds(sqlite_hotline):
    h = sqlite_hotline
    signed_on(h, *DESK)
    for n, user in enumerate(DESK):
        rung(h, f"T{n}", NINE, f"+861900000010{n}")
        calls.answered(h, f"T{n}", user, at(2))
    rung(h, "Q1", at(10))
    rung(h, "Q2", at(20), "+8619000000202")
    assert not waiting.wants_return(h, "Q1", at(49))
    assert waiting.wants_return(h, "Q1", at(50))
    assert (call(h, "Q1").state, call(h, "Q1").return_call, call(h, "Q1").queued_at) == ("abandoned", "due", at(10))
    calls.ended(h, "T0", at(60))
    calls.dispose(h, "T0", "agent01", "wrong_number", at(61))
    agents.choose(h, "agent01", "available", at(61))
    assert waiting.look(h, "Q2", at(62)).leave is False  # whoever has come free calls Q1 first
    assert waiting.look(h, "Q2", at(72)).leave is True  # and is not kept from a caller on the line for longer than one offer


def test_too_many_in_line_and_too_long_in_line_end_in_a_return_call(sqlite_hotline):
    h, rule = sqlite_hotline, sqlite_hotline.rulebook.policy.telephone
    signed_on(h, "agent01")
    for user in ("agent02", "lead02"):
        agents.choose(h, user, "meeting", NINE)
    rung(h, "T1", NINE)
    calls.answered(h, "T1", "agent01", at(2))
    assert rung(h, "Q1", at(10), "+8619000000201").then is Then.WAIT
    assert waiting.look(h, "Q1", at(10) + rule.longest_wait).leave
    assert waiting.forward(h, "Q1", at(10) + rule.longest_wait).step.then is Then.GOODBYE


# ---- numbers, messages -----------------------------------------------------------------------------------

def test_a_blocked_number_is_turned_away_without_a_return_call_until_the_block_ends(sqlite_hotline):
    h = sqlite_hotline
    with pytest.raises(Refused, match="may_not_block"):
        blocking.block(h, "19000000009", "骚扰", None, "agent01", NINE)
    with pytest.raises(Refused, match="reason_needed"):
        blocking.block(h, "19000000009", " ", None, "lead02", NINE)
    blocking.block(h, "19000000009", "反复拨打不说话", at(3600), "lead02", NINE)
    assert blocking.turn_away(h, "CA1", "+8619000000009", None, at(10))
    assert blocking.turn_away(h, "CA1", "+8619000000009", None, at(11))
    kept = call(h, "CA1")
    assert (kept.state, kept.return_call, kept.disposition) == ("abandoned", "none", "nuisance")
    assert not blocking.turn_away(h, "CA2", "+8619000000009", None, at(3600))
    with h.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PromiseRow)) == 0
        [rule] = blocking.blocked(session, at(20))
    assert blocking.unblock(h, rule.id, "lead02", at(30))
    assert not blocking.turn_away(h, "CA3", "+8619000000009", None, at(31))


@pytest.mark.parametrize(("number", "due"), [(CALLER, "due"), (None, "none")])
def test_a_message_left_is_kept_once_and_waits_for_somebody_to_write_it_down(sqlite_hotline, number, due):
    h = sqlite_hotline
    assert voicemail.asked(h, "CA1", number, NINE) == "zh"
    recorded = Recorded("RE1", "voicemail", "completed", "https://api.example.com/RE1", 12)
    for _ in range(2):
        voicemail.stored(h, "CA1", recorded, at(20))
        voicemail.left(h, "CA1", recorded, at(20))
    assert (call(h, "CA1").state, call(h, "CA1").return_call, call(h, "CA1").voicemail) == ("abandoned", due, True)
    with h.store.reading() as session:
        assert [row.sid for _, row in voicemail.waiting(session)] == ["RE1"]
    calls.dispose(h, "CA1", "agent01", "wrong_number", at(60))
    with h.store.reading() as session:
        assert voicemail.waiting(session) == []
        assert list(ledger.faults(session)) == []


# ---- whatever the order ----------------------------------------------------------------------------------

class World:
    """A desk of three and callers, moved on at random; every twenty seconds each waiting caller asks whether it is their turn."""

    def __init__(self, hotline, seed):
        self.hotline, self.draw, self.now, self.n = hotline, random.Random(seed), NINE, 0
        self.asked = {}
        signed_on(hotline, *DESK)

    def step(self):
        self.now += timedelta(seconds=self.draw.choice((0, 1, 2, 5, 9)))
        agents.settle_due(self.hotline, self.now)
        offering.end_overdue(self.hotline, self.now)
        self.draw.choice((self.new_call, self.new_call, self.answer, self.answer, self.time_out, self.hang_up, self.choose, self.repeat))()
        self.ask_in_line()

    def rows(self, query):
        with self.hotline.store.reading() as session:
            return list(session.scalars(query))

    def live(self):
        return self.rows(sa.select(CallRow).where(CallRow.state.in_(["greeted", "ringing", "answered"])).order_by(CallRow.id))

    def pending(self):
        return self.rows(sa.select(OfferRow).where(OfferRow.state == "pending").order_by(OfferRow.id))

    def new_call(self):
        self.n += 1
        calls.arrive(self.hotline, f"CA{self.n}", f"+86190000{self.n:05d}", self.now, greeted=True)
        waiting.forward(self.hotline, f"CA{self.n}", self.now)

    def answer(self):
        for offer in self.draw.sample(self.pending(), min(1, len(self.pending()))):
            [sid] = self.rows(sa.select(CallRow.sid).where(CallRow.id == offer.call_id))
            late = self.now - timedelta(seconds=self.draw.choice((0, 0, 1, 3)))
            for user in (offer.user, self.draw.choice(DESK)):
                self.try_(lambda u=user, s=sid, t=late: calls.answered(self.hotline, s, u, self.now, t))

    def time_out(self):
        for offer in self.draw.sample(self.pending(), min(1, len(self.pending()))):
            [sid] = self.rows(sa.select(CallRow.sid).where(CallRow.id == offer.call_id))
            waiting.unanswered(self.hotline, sid, self.now)

    def hang_up(self):
        for one in self.draw.sample(self.live(), min(1, len(self.live()))):
            calls.ended(self.hotline, one.sid, self.now, at=self.now - timedelta(seconds=self.draw.choice((0, 2))))

    def choose(self):
        user, state = self.draw.choice(DESK), self.draw.choice(("available", "available", "available", "meal", "break", "offline"))
        self.try_(lambda: agents.choose(self.hotline, user, state, self.now, "喝水"))

    def repeat(self):
        for one in self.live():
            waiting.forward(self.hotline, one.sid, self.now)

    def try_(self, act):
        try:
            act()
        except Refused:
            pass

    def ask_in_line(self):
        with self.hotline.store.reading() as session:
            line = [c.sid for c in waiting_line.in_order(session)]
        for sid in line:
            if self.now - self.asked.get(sid, NINE) >= timedelta(seconds=20):
                self.asked[sid] = self.now
                if waiting.look(self.hotline, sid, self.now).leave:
                    waiting.forward(self.hotline, sid, self.now)
                self.nobody_free_is_kept_from(sid)

    def nobody_free_is_kept_from(self, sid):
        rule = self.hotline.rulebook.policy.telephone
        with self.hotline.store.reading() as session:
            one = session.scalar(sa.select(CallRow).where(CallRow.sid == sid, waiting_line.WAITING))
            free = sum(s.state == "available" for s in agents.everybody(session).values())
            assert one is None or free <= waiting_line.ahead(session, rule, one, self.now)


def holds(world):
    offers = world.rows(sa.select(OfferRow))
    won = {o.call_id: o.user for o in offers if o.state == "accepted"}
    answered = {c.id: c.answered_by for c in world.rows(sa.select(CallRow))}
    assert max(Counter(o.call_id for o in offers if o.state == "accepted").values(), default=0) <= 1
    assert all(answered[call_id] == user for call_id, user in won.items())
    ringing = {o.user: o.call_id for o in offers if o.state == "pending"}
    spans = world.rows(sa.select(AgentSpanRow).order_by(AgentSpanRow.id))
    assert {s.user: s.call_id for s in spans if s.until_at is None and s.state == "offered"} == ringing
    for user in DESK:
        mine = [s for s in spans if s.user == user]
        assert [s.until_at for s in mine] == [*(s.since_at for s in mine[1:]), None]
        assert all(s.since_at <= (s.until_at or s.since_at) for s in mine)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_in_whatever_order_one_answers_time_has_no_gap_and_nobody_waits_for_a_free_agent(sqlite_hotline, seed):
    world = World(sqlite_hotline, seed)
    for _ in range(90):
        world.step()
        holds(world)
    with sqlite_hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []


def test_eight_callers_at_once_never_share_an_agent(hotline):
    signed_on(hotline, *DESK)
    with ThreadPoolExecutor(8) as pool:
        steps = list(pool.map(lambda n: rung(hotline, f"CA{n}", at(5), f"+861900000010{n}"), range(8)))
    users = [u for s in steps for u in s.users]
    assert sorted(users) == sorted(set(users))
    assert Counter(s.then for s in steps)[Then.WAIT] >= 5
