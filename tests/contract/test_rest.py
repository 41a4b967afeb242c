"""Every request the hotline makes of Twilio, made of a mock that refuses what Twilio's own description does not allow."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twilio.http.http_client import TwilioHttpClient

from callcenter.config import Settings
from callcenter.telephony.port import Undeliverable
from callcenter.telephony.twilio_phone import TwilioPhone, _Rewired

ACCOUNT = "AC" + "0" * 32
CALL, NUMBER, SINCE = "CA" + "1" * 32, "+8613911112222", datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


@pytest.fixture
def settings(mock: str) -> Settings:
    return Settings(data_dir=Path("var"), database_url="sqlite://", redis_url="unix:///nobody", twilio_account_sid=ACCOUNT,
                    twilio_auth_tokens=("planted",), twilio_number="+15005550006", public_base_url="https://hotline.example.com", twilio_api=mock)


class Filled(_Rewired):
    """The list of conferences holds one: the first of the published examples is empty."""

    def request(self, method, url, *args, headers=None, **more):
        filled = {"Prefer": "example=readMyroom"} if method == "GET" and url.endswith("/Conferences.json") else {}
        return super().request(method, url, *args, headers={**(headers or {}), **filled}, **more)


@pytest.fixture
def phone(settings: Settings, mock: str) -> TwilioPhone:
    return TwilioPhone(settings, demo=False, http_client=Filled(TwilioHttpClient(timeout=10), mock))


@pytest.mark.parametrize("ask", [
    pytest.param(lambda p: p.send_text(NUMBER, "您的报修已登记", "timer:1:1:0:customer"), id="send_text"),
    pytest.param(lambda p: p.call_person(NUMBER, "请立即处理", "timer:1:1:0:lead01"), id="call_person"),
    pytest.param(lambda p: p.place(NUMBER, "/twilio/say?key=1", "/twilio/placed?key=1", 30), id="place"),
    pytest.param(lambda p: p.place("client:agent_agent01", "/twilio/say?key=1", "/twilio/placed?key=1", 30), id="place-client"),
    pytest.param(lambda p: p.redirect(CALL, "/twilio/ring"), id="redirect"),
    pytest.param(lambda p: p.hang_up(CALL), id="hang_up"),
    pytest.param(lambda p: p.take_part("call-7-x", CALL, hold=True), id="hold"),
    pytest.param(lambda p: p.take_part("call-7-x", CALL, hold=False), id="resume"),
    pytest.param(lambda p: p.take_part("call-7-x", CALL, muted=True, whisper_to="CA" + "2" * 32), id="whisper"),
    pytest.param(lambda p: p.take_part("call-7-x", CALL, muted=False, whisper_to=""), id="join"),
    *(pytest.param(lambda p, s=s: p.record(CALL, s), id=f"recording-{s}") for s in ("paused", "in-progress", "stopped")),
    pytest.param(lambda p: p.recent_calls(NUMBER, SINCE), id="recent_calls"),
    pytest.param(lambda p: p.recent_texts(NUMBER, SINCE), id="recent_texts"),
    pytest.param(lambda p: p.account(), id="account"),
])
def test_the_request_is_one_that_twilio_describes(phone, ask):
    ask(phone)


def test_the_mock_does_refuse_what_is_not_described(settings):
    with pytest.raises(Undeliverable, match="422"):
        TwilioPhone(replace(settings, twilio_account_sid="AC123"), demo=False).hang_up(CALL)
    with pytest.raises(Undeliverable, match="422"):
        TwilioPhone(settings, demo=False).record(CALL, "forgotten")
