"""What may or may not have gone out is compared with the provider's list; nothing is repeated blindly."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.services.messages import outbox, reconciling
from callcenter.storage.tables import MessageRow
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.telephony.port import NotSent, PlacedCall, Unsure
from tests.hotlines import NINE

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class Provider:
    """Sends nothing for certain, and has a list."""

    listed: list[PlacedCall] = field(default_factory=list)
    wrong: Exception | None = field(default_factory=lambda: Unsure("read timeout"))
    away: bool = False
    live: bool = True
    repeatable: bool = False
    name: str = "provider"
    calls_per_second: int = 100

    def send_text(self, to, text, key):
        raise self.wrong

    call_person = send_text

    def place(self, to, path, status_path, rings_for):
        raise self.wrong

    def recent_texts(self, to, since):
        if self.away:
            raise NotSent("503")
        assert to == "+8613911112222"
        return [p for p in self.listed if p.asked_at is None or p.asked_at >= since]

    recent_calls = recent_texts


def doubtful(hotline, provider, **changed):
    """A message of which nobody knows whether it went out."""
    with hotline.store.transaction() as session:
        row = MessageRow(**{"key": f"k{changed.get('channel')}{changed.get('role')}{changed.get('n', 0)}", "to": "pm01", "role": "pm",
                            "phone": "139 1111 2222", "channel": "sms", "notice": "breach", "text": "x", "level": 0, "created_at": NINE,
                            "status": "waiting", "next_try_at": NINE, "tries": 0, **{k: v for k, v in changed.items() if k != "n"}})
        session.add(row)
        session.flush()
    outbox.deliver(hotline, provider, NINE)
    return row.id


def status(hotline, id_):
    with hotline.store.reading() as session:
        row = session.get_one(MessageRow, id_)
        return row.status, row.provider_sid


@pytest.mark.parametrize("channel", ["sms", "call"])
def test_found_on_the_list_it_was_sent(hotline, channel):
    provider = Provider()
    id_ = doubtful(hotline, provider, channel=channel)
    provider.listed = [PlacedCall("SMold", "", "sent", NINE - 10 * MINUTE), PlacedCall("SMours", "", "sent", NINE + SECOND)]
    assert reconciling.reconcile(hotline, provider, NINE + 30 * SECOND) == 0  # not yet asked about
    assert reconciling.reconcile(hotline, provider, NINE + 2 * MINUTE) == 1
    assert status(hotline, id_) == ("sent", "SMours")


@pytest.mark.parametrize(("role", "after"), [("pm", "waiting"), ("customer", "parked")])
def test_absent_for_five_minutes_staff_are_reminded_after_all_and_a_customers_waits_for_a_person(hotline, role, after):
    provider = Provider()
    id_ = doubtful(hotline, provider, role=role)
    assert reconciling.reconcile(hotline, provider, NINE + 4 * MINUTE) == 0
    assert status(hotline, id_)[0] == "unknown"
    assert reconciling.reconcile(hotline, provider, NINE + 5 * MINUTE) == 1
    assert status(hotline, id_)[0] == after


def test_two_in_doubt_to_one_number_are_not_both_the_one_that_went_out(hotline):
    provider = Provider()
    one, two = doubtful(hotline, provider, n=1), doubtful(hotline, provider, n=2)
    provider.listed = [PlacedCall("SMonly", "", "sent", NINE)]
    reconciling.reconcile(hotline, provider, NINE + 2 * MINUTE)
    assert sorted(status(hotline, i)[0] for i in (one, two)) == ["sent", "unknown"]


def test_an_interrupted_delivery_is_asked_about_too_and_a_provider_that_is_away_changes_nothing(hotline):
    provider = Provider(away=True)
    id_ = doubtful(hotline, provider)
    with hotline.store.transaction() as session:
        session.execute(sa.update(MessageRow).values(status="sending", next_try_at=NINE + outbox.LEASE, sent_at=None))
    assert reconciling.reconcile(hotline, provider, NINE + 2 * MINUTE) == 0
    assert status(hotline, id_)[0] == "sending"
    provider.away, provider.listed = False, [PlacedCall("SMours", "", "sent", None)]
    assert reconciling.reconcile(hotline, provider, NINE + 2 * MINUTE) == 1
    assert status(hotline, id_) == ("sent", "SMours")


def test_without_a_line_there_is_nothing_to_compare(hotline):
    assert reconciling.reconcile(hotline, PaperPhone(), NINE) == 0
