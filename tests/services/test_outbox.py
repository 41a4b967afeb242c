"""The outbox: everything goes out once, what cannot is tried again, parked or left to a person, and nothing is said twice blindly."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.messages import outbox, receipts
from callcenter.services.telephone import paper_view
from callcenter.services.telephone.paper_view import Asked
from callcenter.storage import ledger
from callcenter.storage.tables import EventRow, MessageRow, TicketRow
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.telephony.port import NotSent, Undeliverable, Unsure
from tests.hotlines import NINE

SECOND = timedelta(seconds=1)


@dataclass
class Wire:
    """A telephone whose network does what the test says; remembers what was handed to it."""

    repeatable: bool = False
    live: bool = False
    wrong: Exception | None = None
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    name: str = "wire"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send_text(self, to, text, key):
        return self._take("sms", to, key)

    def call_person(self, to, text, key):
        return self._take("call", to, key)

    def _take(self, how, to, key):
        with self._lock:
            self.sent.append((how, to, key))
        if self.wrong:
            raise self.wrong
        return f"SM{key}"


def written(hotline, n=1, **changed):
    """Messages about one ticket, waiting since nine; their ids."""
    about = ticket(hotline)
    with hotline.store.transaction() as session:
        ticket_id = session.scalar(sa.select(TicketRow.id).where(TicketRow.number == about))
        session.execute(sa.update(MessageRow).values(status="sent", next_try_at=None))
        rows = [MessageRow(**{"key": f"k{i}", "ticket_id": ticket_id, "to": "customer", "role": "customer", "phone": "139 1111 2222",
                              "channel": "sms", "notice": "registered", "text": f"第 {i} 条", "level": 0, "created_at": NINE,
                              "status": "waiting", "next_try_at": NINE, "tries": 0, **changed}) for i in range(n)]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def ticket(hotline):
    act = Act(Action.OPEN_TICKET, "agent01", {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂",
                                              "contact_phone": "19000000001"})
    return tickets.open_ticket(hotline, act, "open", NINE).number


def message(hotline, id_):
    with hotline.store.reading() as session:
        return session.get_one(MessageRow, id_)


def test_a_message_goes_out_once_to_the_number_as_providers_want_it(hotline):
    [one] = written(hotline)
    wire = Wire()
    assert outbox.deliver(hotline, wire, NINE) == 1
    assert outbox.deliver(hotline, wire, NINE + SECOND) == 0
    assert wire.sent == [("sms", "+8613911112222", "k0")]
    row = message(hotline, one)
    assert (row.status, row.sent_at, row.provider, row.provider_sid, row.tries, row.next_try_at) == ("sent", NINE, "wire", "SMk0", 1, None)


def test_messages_go_out_in_the_order_they_were_written_and_no_more_than_asked(hotline):
    written(hotline, 25)
    wire = Wire()
    assert outbox.deliver(hotline, wire, NINE, limit=13) == 13
    assert [key for _, _, key in wire.sent] == [f"k{n}" for n in range(13)]
    assert outbox.deliver(hotline, wire, NINE) == 12


def test_a_message_to_be_said_is_said_by_telephone(hotline):
    written(hotline, channel="call", role="pm", to="pm01")
    wire = Wire()
    outbox.deliver(hotline, wire, NINE)
    assert wire.sent[0][0] == "call"


def test_nothing_is_sent_before_its_time(hotline):
    written(hotline, next_try_at=NINE + SECOND)
    with hotline.store.reading() as session:
        assert not outbox.waiting(session, NINE)
        assert outbox.waiting(session, NINE + SECOND)
    assert outbox.deliver(hotline, Wire(), NINE) == 0


def test_eight_workers_at_once_send_each_message_once(hotline):
    written(hotline, 40)
    wire = Wire()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: outbox.deliver(hotline, wire, NINE), range(8)))
    assert sorted(key for _, _, key in wire.sent) == sorted(f"k{n}" for n in range(40))


def test_a_busy_provider_is_tried_again_after_growing_pauses_and_then_a_person_is_asked(hotline):
    [one] = written(hotline)
    wire, now, pauses = Wire(wrong=NotSent("429 busy")), NINE, []
    while message(hotline, one).status == "waiting":
        outbox.deliver(hotline, wire, now)
        due = message(hotline, one).next_try_at
        if due:
            pauses.append(due - now)
            assert outbox.deliver(hotline, wire, due - timedelta(milliseconds=1)) == 0
            now = due
    assert pauses == [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600)]
    row = message(hotline, one)
    assert (row.status, row.tries, row.last_error) == ("parked", 6, "429 busy")
    assert len(wire.sent) == 6
    with hotline.store.reading() as session:
        assert [row.id for row in outbox.parked(session)] == [one]


@pytest.mark.parametrize(("wrong", "status"), [(Undeliverable("21211 invalid"), "parked"), (Unsure("read timeout"), "unknown")])
def test_what_will_never_go_out_and_what_may_have_gone_out_wait_for_a_person(hotline, wrong, status):
    [one] = written(hotline)
    wire = Wire(wrong=wrong)
    outbox.deliver(hotline, wire, NINE)
    assert outbox.deliver(hotline, wire, NINE + timedelta(days=1)) == 0
    row = message(hotline, one)
    assert (row.status, row.last_error, len(wire.sent)) == (status, str(wrong), 1)


@pytest.mark.parametrize("changed", [{"phone": None}, {"phone": "anonymous"}, {"channel": "pigeon"}])
def test_a_message_that_no_telephone_can_take_is_parked(hotline, changed):
    [one] = written(hotline, **changed)
    wire = Wire()
    outbox.deliver(hotline, wire, NINE)
    assert (message(hotline, one).status, wire.sent) == ("parked", [])


class Killed(BaseException):
    """The process ends between sending and writing it down."""


@pytest.mark.parametrize(("repeatable", "status", "times"), [(True, "sent", 2), (False, "unknown", 1)])
def test_a_delivery_killed_half_way_is_repeated_only_where_that_does_no_harm(hotline, repeatable, status, times):
    [one] = written(hotline)
    wire = Wire(repeatable)
    wire.wrong = Killed()
    with pytest.raises(Killed):
        outbox.deliver(hotline, wire, NINE)
    wire.wrong = None
    assert outbox.deliver(hotline, wire, NINE + outbox.LEASE - SECOND) == 0
    outbox.deliver(hotline, wire, NINE + outbox.LEASE)
    assert (message(hotline, one).status, len(wire.sent)) == (status, times)


def test_whoever_comes_back_after_the_lease_overwrites_nothing(hotline):
    [one] = written(hotline)
    slow = Wire(repeatable=True)
    quick = Wire(repeatable=True)

    def overtaken(*_):
        outbox.deliver(hotline, quick, NINE + outbox.LEASE)
        raise NotSent("too late")
    slow.send_text = overtaken
    outbox.deliver(hotline, slow, NINE)
    assert (message(hotline, one).status, message(hotline, one).provider_sid) == ("sent", "SMk0")


def test_after_the_end_of_a_ticket_staff_need_no_reminder_but_the_customer_is_told(hotline):
    reminder, breach = written(hotline, 2, role="dispatcher", to="dispatcher01", notice="warning")
    with hotline.store.transaction() as session:
        session.get_one(MessageRow, breach).notice = "breach"
        session.add(MessageRow(key="to customer", ticket_id=session.get_one(MessageRow, breach).ticket_id, to="customer", role="customer",
                               phone="13911112222", channel="sms", notice="warning", text="x", level=0, created_at=NINE, status="waiting",
                               next_try_at=NINE, tries=0))
        session.execute(sa.update(TicketRow).values(state="cancelled"))
    wire = Wire()
    assert outbox.deliver(hotline, wire, NINE) == 3
    assert [key for _, _, key in wire.sent] == ["k1", "to customer"]
    assert message(hotline, reminder).status == "dropped"


def test_a_person_sends_a_parked_message_after_all_and_the_ticket_remembers_who(hotline):
    [one] = written(hotline, phone=None)
    outbox.deliver(hotline, Wire(), NINE)
    assert outbox.release(hotline, one, "lead01", NINE + SECOND)
    assert not outbox.release(hotline, one, "lead02", NINE + SECOND)
    assert not outbox.give_up(hotline, one, "lead02", NINE + SECOND)
    assert not outbox.release(hotline, 999_999, "lead02", NINE)
    row = message(hotline, one)
    assert (row.status, row.tries, row.next_try_at) == ("waiting", 0, NINE + SECOND)
    with hotline.store.reading() as session:
        event = session.scalar(sa.select(EventRow).where(EventRow.action == "message_released"))
        assert (event.by, event.data["message"]) == ("lead01", one)
        assert list(ledger.faults(session)) == []


def test_a_person_gives_up_and_it_never_goes_out(hotline):
    [one] = written(hotline, phone=None)
    outbox.deliver(hotline, Wire(), NINE)
    assert outbox.give_up(hotline, one, "supervisor01", NINE)
    assert outbox.deliver(hotline, Wire(), NINE + timedelta(days=1)) == 0
    assert message(hotline, one).status == "dropped"


def test_the_paper_phone_takes_everything(hotline):
    ids = written(hotline, 3)
    assert outbox.deliver(hotline, PaperPhone(), NINE) == 3
    assert {message(hotline, id_).status for id_ in ids} == {"sent"}
    assert all(message(hotline, id_).provider == "paper" for id_ in ids)


# ---- receipts -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("words", "status"), [
    (["queued", "sent", "delivered"], "delivered"), (["delivered", "sent", "queued"], "delivered"), (["sent", "undelivered"], "parked"),
    (["failed", "sent"], "parked"), (["failed", "delivered"], "delivered"), (["delivered", "failed"], "delivered"),
    (["initiated", "ringing", "no-answer"], "parked"), (["completed", "in-progress"], "delivered"), (["surprise"], "sent")])
def test_receipts_may_come_in_any_order_and_often(hotline, words, status):
    [one] = written(hotline)
    outbox.deliver(hotline, Wire(), NINE)
    for word in words * 3:
        assert receipts.receipt(hotline, None, "SMk0", word, NINE + SECOND)
    assert message(hotline, one).status == status


def test_a_receipt_settles_what_nobody_was_sure_about(hotline):
    [one] = written(hotline)
    outbox.deliver(hotline, Wire(wrong=Unsure("read timeout")), NINE)
    assert receipts.receipt(hotline, "k0", "SMtwilio", "sent", NINE + SECOND)
    row = message(hotline, one)
    assert (row.status, row.provider_sid, row.sent_at) == ("sent", "SMtwilio", NINE)


def test_a_receipt_about_an_earlier_try_does_not_stop_the_next(hotline):
    [one] = written(hotline)
    outbox.deliver(hotline, Wire(), NINE)
    receipts.receipt(hotline, "k0", "SMk0", "failed", NINE)
    outbox.release(hotline, one, "lead01", NINE + SECOND)
    receipts.receipt(hotline, "k0", "SMk0", "failed", NINE + SECOND)
    assert message(hotline, one).status == "waiting"
    assert outbox.deliver(hotline, Wire(), NINE + SECOND) == 1


def test_a_receipt_for_nothing_we_sent_is_harmless(hotline):
    assert not receipts.receipt(hotline, None, "SMforeign", "delivered", NINE)
    assert not receipts.receipt(hotline, "no such key", "SMforeign", "delivered", NINE)


# ---- the page's view -----------------------------------------------------------------------------------------------

def test_the_papers_are_newest_first_masked_and_sorted_out_by_reader_channel_and_need(hotline):
    customers = written(hotline, 2)
    with hotline.store.transaction() as session:
        session.add(MessageRow(key="staff", ticket_id=None, call_id=None, to="pm01", role="pm", phone="19000009012", channel="call", notice="breach",
                               text="x", level=3, created_at=NINE, status="parked", tries=6, last_error="21211"))
    with hotline.store.reading() as session:
        everything = paper_view.papers(session, Asked())
        assert [p.id for p in everything] == sorted((p.id for p in everything), reverse=True)
        assert paper_view.papers(session, Asked(to="customer", before=customers[1]))[0].id == customers[0]
        [parked] = paper_view.papers(session, Asked(stuck=True))
        assert (parked.to, parked.phone, parked.is_stuck, parked.error) == ("高远", "190****9012", True, "21211")
        assert [p.id for p in paper_view.papers(session, Asked(channel="call"))] == [parked.id]
        assert "13911112222" not in "".join(p.phone for p in everything)
        assert paper_view.stuck_count(session) == 1
