"""The telephone's self-check: what is wrong is named with what it should be; what is right is said too."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.services.telephone import calls, line_check
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.telephony.port import Account, NotSent
from tests.hotlines import NINE
from tests.telephony.conftest import settings_of
from tests.telephony.twilio_posts import BASE, TOKEN

GOOD = Account(status="active", trial=False, number_known=True, voice_url=f"{BASE}/twilio/voice", fallback_url=f"{BASE}/twilio/fallback",
               status_url=f"{BASE}/twilio/status", sms_url=f"{BASE}/twilio/sms")


class Books(PaperPhone):
    """A provider that has us on its books like this."""

    live = True

    def __init__(self, account: Account | Exception = GOOD) -> None:
        self.found = account

    def account(self) -> Account:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def check(sqlite_hotline, tmp_path):
    """Findings by name."""
    def examine(phone=None, now=NINE, ask=True, **changed):
        given = settings_of(sqlite_hotline, tmp_path, **{"twilio_number": "+15005550006", **changed})
        return {f.name: f for f in line_check.examine(sqlite_hotline, given, phone or Books(), now, ask)}
    return examine


def wrong(findings):
    return sorted(name for name, finding in findings.items() if not finding.ok)


def test_a_telephone_that_is_set_up_has_nothing_to_mend(check):
    found = check()
    assert wrong(found) == []
    assert found["voice_url"].text("en") == f"voice webhook: {BASE}/twilio/voice"


@pytest.mark.parametrize(("field", "held"), [
    ("voice_url", "https://demo.twilio.com/welcome/voice/"), ("fallback_url", ""), ("status_url", f"{BASE}/status"),
    ("sms_url", f"{BASE}/twilio/sms/")])
def test_a_webhook_that_points_elsewhere_is_named_with_the_address_it_should_have(check, field, held):
    found = check(Books(replace(GOOD, **{field: held})))
    assert wrong(found) == [field]
    assert getattr(GOOD, field) in found[field].text()


def test_timeouts_written_into_a_webhook_address_do_no_harm(check):
    assert wrong(check(Books(replace(GOOD, voice_url=f"{GOOD.voice_url}#rc=2&rt=10000")))) == []


@pytest.mark.parametrize(("base", "said"), [
    ("http://hotline.example.com", "https"), ("https://hot_line.example.com", "underscore"), ("https://localhost", "outside"),
    ("https://192.168.1.10", "private"), ("https://127.0.0.1:8443", "private")])
def test_an_address_the_provider_cannot_reach_is_refused_by_its_spelling(check, base, said):
    found = check(public_base_url=base, ask=False)
    assert wrong(found) == ["address"]
    assert said in found["address"].text("en")


def test_a_line_without_a_public_address_is_an_error_and_no_line_needs_none(check):
    assert wrong(check(public_base_url=None)) == ["address"]
    assert "address" not in wrong(check(PaperPhone(), public_base_url=None))


def test_half_an_account_names_what_is_missing(check):
    found = check(PaperPhone(), twilio_account_sid=None)
    assert not found["line"].ok
    assert "TWILIO_ACCOUNT_SID" in found["line"].text("en")


def test_no_account_at_all_is_a_way_to_work(check):
    found = check(PaperPhone(), twilio_account_sid=None, twilio_auth_tokens=(), twilio_number=None, public_base_url=None)
    assert wrong(found) == []


def test_two_tokens_are_a_rotation_to_be_finished(check):
    assert check(twilio_auth_tokens=(TOKEN, "older"))["rotation"].ok


def test_a_provider_that_does_not_answer_is_the_finding_and_breaks_nothing(check):
    found = check(Books(NotSent("503 busy")))
    assert wrong(found) == ["account"]
    assert "503 busy" in found["account"].text()


def test_a_suspended_trial_account_without_our_number_is_three_findings(check):
    assert wrong(check(Books(replace(GOOD, status="suspended", trial=True, number_known=False)))) == ["account", "number", "trial"]


def test_a_day_without_a_word_from_the_provider_is_looked_at(check, sqlite_hotline):
    calls.store_delivery(sqlite_hotline, "k", "CA1", "voice", {}, NINE)
    assert wrong(check(now=NINE + timedelta(hours=24))) == []
    assert wrong(check(now=NINE + timedelta(hours=24, milliseconds=1))) == ["webhooks"]


def test_nothing_secret_is_written_into_a_finding(check):
    assert all(TOKEN not in f.text() + f.text("en") for f in check().values())
