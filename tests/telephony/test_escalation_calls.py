"""Escalations by telephone, through the real engine: who is rung, what a key does, and what happens when nobody picks up."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import audit, tickets, timers
from callcenter.services.calling_out import machine_calls
from callcenter.services.messages import outbox
from callcenter.storage import ledger
from callcenter.storage.tables import EscalationRow, EventRow, MessageRow, PersonRow, RunRow
from callcenter.storage.telephone_tables import AgentPhoneRow, MachineTalkRow
from callcenter.telephony.port import NotSent, Undeliverable, Unsure
from tests.hotlines import NINE
from tests.telephony.twilio_posts import BASE, HOTLINE, Post, call_sid, progress

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
#: dispatch is broken after three minutes; two minutes later the supervisor and the department hear of it
RAISED = NINE + 5 * MINUTE


@dataclass
class Network:
    """A telephone with a line: remembers whom it rang, and fails as the test says."""

    wrong: Exception | None = None
    calls_per_second: int = 100
    name: str = "network"
    repeatable: bool = False
    live: bool = True
    rung: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def place(self, to, path, status_path, rings_for):
        if self.wrong:
            raise self.wrong
        assert rings_for == 30
        assert path.startswith("/twilio/say?")
        assert status_path.startswith("/twilio/placed?")
        key = parse_qs(urlsplit(path).query)["key"][0]
        self.rung.append((to, key, call_sid(500 + len(self.rung))))
        return self.rung[-1][2]

    def call_person(self, to, text, key):
        raise AssertionError("with a line every call asks us what to say")

    def send_text(self, to, text, key):
        self.texts.append((to, text))
        return f"SM{len(self.texts):032x}"

    def recent_calls(self, to, since):
        return ()


def deliver(hotline, network, now):
    """As the worker does it: calls wait for their place in the second; when the last had its own."""
    outbox.deliver(hotline, network, now)
    while (pause := outbox.next_call_in(hotline, now)) is not None and pause <= 2 * SECOND:
        now += pause
        outbox.deliver(hotline, network, now)
    return now


@dataclass
class Case:
    """One urgent ticket nobody dispatches, at the moment the second level is told."""

    hotline: object
    network: Network
    number: str
    now: object

    def rows(self, table, *where):
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(table).where(*where).order_by(table.id)))

    def calls(self):
        return self.rows(MessageRow, MessageRow.channel == "call")

    def call_to(self, user):
        return next(c for c in reversed(self.calls()) if c.to == user)

    def escalations(self):
        return [(e.level, e.trigger, e.acknowledged_by, e.outcome) for e in self.rows(EscalationRow) if e.level >= 2]

    def wait(self, **by):
        self.now = self.now + timedelta(**by)
        return self.now

    def deliver(self):
        self.now = deliver(self.hotline, self.network, self.now)

    def ends(self, user, word):
        row = self.call_to(user)
        machine_calls.placed(self.hotline, row.key, row.provider_sid or call_sid(499), word, self.now)

    def picks_up(self, user):
        row = self.call_to(user)
        return machine_calls.picked_up(self.hotline, row.key, row.provider_sid, self.now)

    def presses(self, user, step, key):
        row = self.call_to(user)
        return machine_calls.heard(self.hotline, row.key, row.provider_sid, str(step), key, "", self.now)


@pytest.fixture
def case(hotline):
    act = Act(Action.OPEN_TICKET, "agent01", {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂",
                                              "contact_phone": "19000000001"})
    number = tickets.open_ticket(hotline, act, "open", NINE).number
    for minute in range(6):
        timers.fire_due(hotline, NINE + minute * MINUTE)
    made = Case(hotline, Network(), number, RAISED)
    made.deliver()
    yield made
    with hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []
        assert list(audit.unguarded(hotline, session)) == []


def test_the_second_level_of_urgent_work_is_rung_and_hears_what_it_is_about_without_the_customers_number(case):
    assert {c.to for c in case.calls()} == {"supervisor01", "engineering01"}
    assert {c.script for c in case.calls()} == {"take_over"}
    said = case.picks_up("supervisor01")
    text = "".join(said.texts)
    assert said.step == "1"
    for part in ("第2级", "急修", "梧桐里3栋2单元1602", "水管爆裂", "三分钟派单", "已超时2分钟", "接手请按1"):
        assert part in text
    assert "19000000001" not in text
    assert "0001" not in text


def test_one_takes_it_over_and_whoever_picks_up_later_hears_by_whom(case):
    case.picks_up("supervisor01")
    assert "由您接手" in case.presses("supervisor01", 1, "1").texts[0]
    assert case.escalations() == [(2, "clock", "supervisor01", None)]
    late = case.picks_up("engineering01")
    assert late.step is None
    assert "已经接手" in late.texts[0]
    case.ends("engineering01", "completed")
    case.ends("supervisor01", "completed")
    assert [e[0] for e in case.escalations()] == [2]
    assert case.call_to("supervisor01").outcome == "1"


def test_two_passes_it_up_at_once_in_that_persons_name(case):
    case.picks_up("supervisor01")
    assert "已上报" in case.presses("supervisor01", 1, "2").texts[0]
    case.presses("supervisor01", 1, "2")
    assert case.escalations() == [(2, "clock", None, "climbed"), (3, "passed_up", None, None)]
    [event] = case.rows(EventRow, EventRow.action == "escalate")
    assert event.by == "supervisor01"
    case.deliver()
    assert case.call_to("pm01").status == "sent"


def test_nine_says_it_again_and_silence_twice_is_nobody(case):
    case.ends("engineering01", "no-answer")
    case.picks_up("supervisor01")
    assert case.presses("supervisor01", 1, "9").step == "2"
    assert case.presses("supervisor01", 2, "9").step == "3"
    assert case.presses("supervisor01", 3, "").step is None
    assert [e[:2] for e in case.escalations()] == [(2, "clock"), (3, "not_picked_up")]


def test_nobody_of_the_level_picks_up_and_it_climbs_at_once_not_after_five_minutes(case):
    case.ends("supervisor01", "no-answer")
    assert [e[0] for e in case.escalations()] == [2]  # the department is still being rung
    case.ends("engineering01", "busy")
    assert case.escalations() == [(2, "clock", None, "climbed"), (3, "not_picked_up", None, None)]
    case.deliver()
    case.ends("pm01", "failed")
    assert [e[0] for e in case.escalations()] == [2, 3, 4]
    case.deliver()
    case.ends("quality01", "no-answer")
    assert [e[0] for e in case.escalations()] == [2, 3, 4]  # the top: the engine says it again in time


def test_a_second_number_of_the_same_person_is_rung_before_anybody_above_hears_of_it(case):
    with case.hotline.store.transaction() as session:
        session.add(AgentPhoneRow(user="supervisor01", kind="phone", address="+8619000009999", set_by="supervisor01", set_at=NINE))
    case.ends("engineering01", "no-answer")
    case.ends("supervisor01", "no-answer")
    assert [e[0] for e in case.escalations()] == [2]
    case.deliver()
    assert case.network.rung[-1][0] == "+8619000009999"
    case.ends("supervisor01", "no-answer")
    assert [e[0] for e in case.escalations()] == [2, 3]


def test_somebody_of_that_role_who_has_come_on_duty_since_is_rung_next(case):
    with case.hotline.store.transaction() as session:
        row = session.scalar(sa.select(EscalationRow).where(EscalationRow.level == 2))
        row.told = ["supervisor01"]
        session.execute(sa.delete(MessageRow).where(MessageRow.to == "engineering01"))
    case.ends("supervisor01", "no-answer")
    assert [e[0] for e in case.escalations()] == [2]
    assert case.call_to("engineering01").status == "waiting"


def test_told_in_any_order_and_often_it_climbs_once(case):
    for _ in range(3):
        for user in ("engineering01", "supervisor01"):
            for word in ("no-answer", "ringing", "initiated", "no-answer"):
                case.ends(user, word)
    assert [e[0] for e in case.escalations()] == [2, 3]
    assert len(case.rows(EventRow, EventRow.action == "escalate")) == 1


def test_the_same_key_delivered_twice_is_pressed_once(case):
    case.picks_up("supervisor01")
    assert case.presses("supervisor01", 1, "").step == "2"
    assert case.presses("supervisor01", 1, "1").step == "2"  # a repeat of step one, whatever it says now
    assert len(case.rows(MachineTalkRow)) == 1
    assert case.escalations()[0][2] is None


def test_a_key_overtaken_by_the_news_of_the_end_still_takes_it_over(case):
    case.ends("engineering01", "no-answer")
    case.picks_up("supervisor01")
    case.ends("supervisor01", "completed")
    assert [e[0] for e in case.escalations()] == [2, 3]
    assert "由您接手" in case.presses("supervisor01", 1, "1").texts[0]
    assert case.escalations()[1] == (3, "not_picked_up", "supervisor01", None)
    case.deliver()
    assert case.call_to("pm01").status == "dropped"  # nobody above is rung any more


def test_what_somebody_took_up_on_the_screen_rings_nobody(case):
    with case.hotline.store.transaction() as session:
        session.execute(sa.update(MessageRow).where(MessageRow.channel == "call").values(status="waiting", next_try_at=case.now))
    tickets.carry_out(case.hotline, case.number, Act(Action.ACKNOWLEDGE, "supervisor01"), "ack", case.now)
    case.network.rung.clear()
    case.deliver()
    assert case.network.rung == []
    assert {c.status for c in case.calls()} == {"dropped"}


def test_a_number_that_can_never_be_rung_counts_as_not_reached_at_once(hotline):
    act = Act(Action.OPEN_TICKET, "agent01", {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂",
                                              "contact_phone": "19000000001"})
    tickets.open_ticket(hotline, act, "open", NINE)
    for minute in range(6):
        timers.fire_due(hotline, NINE + minute * MINUTE)
    deliver(hotline, Network(wrong=Undeliverable("21211 invalid number")), RAISED)
    with hotline.store.reading() as session:
        assert [e.level for e in session.scalars(sa.select(EscalationRow).where(EscalationRow.level >= 2).order_by(EscalationRow.id))] == [2, 3, 4]


def test_calls_keep_to_the_rate_of_the_account_and_texts_do_not(case):
    with case.hotline.store.transaction() as session:
        session.execute(sa.update(MessageRow).values(status="sent", next_try_at=None, outcome="said"))
        for n in range(4):
            session.add(MessageRow(key=f"c{n}", to="pm01", role="pm", phone=f"1900000100{n}", channel="call", notice="breach", text="x", level=0,
                                   created_at=NINE, status="waiting", next_try_at=NINE, tries=0))
            session.add(MessageRow(key=f"s{n}", to="pm01", role="pm", phone=f"1900000100{n}", channel="sms", notice="breach", text="x", level=0,
                                   created_at=NINE, status="waiting", next_try_at=NINE, tries=0))
    network = case.network = Network(calls_per_second=2)
    at = case.wait(hours=1)
    counts = []
    for half in range(5):
        outbox.deliver(case.hotline, network, at + half * SECOND / 2)
        counts.append((len(network.rung), len(network.texts)))
    assert counts == [(1, 4), (2, 4), (3, 4), (4, 4), (4, 4)]


def test_nobody_is_rung_twice_at_once(case):
    """Two tickets escalate to the same supervisor: the second call waits for the end of the first instead of finding the line busy."""
    with case.hotline.store.transaction() as session:
        phone = session.get_one(PersonRow, "supervisor01").phone
        session.add(MessageRow(key="another", to="supervisor01", role="supervisor", phone=phone, channel="call", notice="breach", text="x", level=0,
                               created_at=case.now, status="waiting", next_try_at=case.now, tries=0))
    before = len(case.network.rung)
    case.deliver()
    assert len(case.network.rung) == before
    with case.hotline.store.reading() as session:
        first = session.scalar(sa.select(MessageRow).where(MessageRow.to == "supervisor01", MessageRow.script == "take_over"))
    machine_calls.placed(case.hotline, first.key, first.provider_sid, "no-answer", case.now)
    case.wait(seconds=11)
    case.deliver()
    assert any(key == "another" for _, key, _ in case.network.rung)


def test_a_provider_that_is_away_is_asked_again_and_an_unclear_one_is_not(case):
    with case.hotline.store.transaction() as session:
        session.execute(sa.update(MessageRow).where(MessageRow.channel == "call").values(status="waiting", next_try_at=case.now, tries=0,
                                                                                           sent_at=None, provider_sid=None))
        session.execute(sa.delete(MessageRow).where(MessageRow.to == "engineering01"))
    case.network.rung.clear()
    case.network.wrong = NotSent("429")
    case.deliver()
    assert {c.status for c in case.calls()} == {"waiting"}
    case.network.wrong = Unsure("read timeout")
    case.wait(seconds=6)
    case.deliver()
    assert {c.status for c in case.calls()} == {"unknown"}
    case.ends("supervisor01", "ringing")
    assert case.call_to("supervisor01").status == "sent"


def test_an_end_lost_on_the_way_is_found_by_the_clock(case):
    assert machine_calls.sweep(case.hotline, case.wait(minutes=4)) == 0
    assert machine_calls.sweep(case.hotline, case.wait(minutes=2)) == 2
    assert [e[0] for e in case.escalations()] == [2, 3]


def test_the_webhooks_speak_twiml_and_are_signed(app, line, watch):
    hotline = app.extensions["hotline"]
    act = Act(Action.OPEN_TICKET, "agent01", {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂",
                                              "contact_phone": "19000000001"})
    tickets.open_ticket(hotline, act, "open", NINE)
    for minute in range(6):
        timers.fire_due(hotline, NINE + minute * MINUTE)
    network, watch.now = Network(), RAISED
    deliver(hotline, network, RAISED)
    to, key, sid = next(r for r in network.rung if "supervisor01" in r[1])
    form = {"CallSid": sid, "From": HOTLINE, "To": to, "Direction": "outbound-api", "CallStatus": "in-progress"}
    said = line.post(Post("say", form, {"key": key})).get_data(as_text=True)
    assert '<Gather action="' + BASE + "/twilio/heard?key=" in said
    assert 'actionOnEmptyResult="true"' in said
    assert 'numDigits="1"' in said
    taken = line.post(Post("heard", {**form, "Digits": "1"}, {"key": key, "step": "1"})).get_data(as_text=True)
    assert "由您接手" in taken
    assert "<Hangup" in taken
    assert line.post(Post("heard", {**form, "Digits": "1"}, {"key": key, "step": "1"})).get_data(as_text=True) == taken
    end = {**form, **progress("completed", RAISED, 3)}
    assert line.post(Post("placed", end, {"key": key})).status_code == 204
    assert line.post(Post("say", form, {"key": "nobody's"})).get_data(as_text=True).count("<Hangup") == 1
    assert line.send(Post("say", form, {"key": key})).status_code == 403
    with hotline.store.reading() as session:
        assert session.scalar(sa.select(EscalationRow.acknowledged_by).where(EscalationRow.level == 2)) == "supervisor01"
        assert session.scalar(sa.select(RunRow.at).where(RunRow.job == "telephone")) >= RAISED
