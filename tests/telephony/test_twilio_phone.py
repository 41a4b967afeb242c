"""What happens to a message at Twilio's door: told apart by whether anything may have gone out."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient

from callcenter.config import Settings
from callcenter.telephony.choice import choose
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.telephony.port import NotSent, Undeliverable, Unsure
from callcenter.telephony.twilio_phone import TwilioPhone
from tests.telephony.twilio_posts import ACCOUNT, TOKEN

REAL = "+8613911112222"
SETTINGS = Settings(data_dir=Path("var"), database_url="sqlite://", redis_url="unix:///nobody", twilio_account_sid=ACCOUNT,
                    twilio_auth_tokens=(TOKEN, "older"), twilio_number="+15005550006", public_base_url="https://hotline.example.com")


class Rewired(TwilioHttpClient):
    """Twilio's own client, sent to this machine instead."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=0.3)
        self.base = base

    def request(self, method, url, **more):
        return super().request(method, url.replace("https://api.twilio.com", self.base), **more)


@contextmanager
def twilio(status=201, body=None, silent=False, hang_up=False):
    """A Twilio of one answer; gives its address and what it was asked."""
    asked, finished = [], threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            asked.append((self.path, {name: values[0] for name, values in form.items()}))
            if silent:
                finished.wait(5)
            if silent or hang_up:
                self.close_connection = True
                return
            text = json.dumps(body or {"sid": "SM" + "1" * 32, "status": "queued"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        finished.set()
        server.shutdown()
        server.server_close()


def phone(base):
    return TwilioPhone(SETTINGS, demo=False, http_client=Rewired(base))


def test_a_text_goes_out_once_with_its_key_in_the_address_of_the_receipt():
    with twilio() as (base, asked):
        assert phone(base).send_text(REAL, "您的事项已登记", "timer:1:1:0:customer") == "SM" + "1" * 32
    [(path, form)] = asked
    assert path.endswith(f"/Accounts/{ACCOUNT}/Messages.json")
    assert form == {"To": REAL, "From": "+15005550006", "Body": "您的事项已登记",
                    "StatusCallback": "https://hotline.example.com/twilio/message-status?key=timer%3A1%3A1%3A0%3Acustomer"}


def test_a_call_says_it_twice_in_mandarin():
    with twilio(body={"sid": "CA" + "2" * 32}) as (base, asked):
        assert phone(base).call_person(REAL, "【升级】<请>签收", "k") == "CA" + "2" * 32
    [(path, form)] = asked
    assert path.endswith("/Calls.json")
    assert form["Twiml"].count('<Say language="zh-CN" voice="Polly.Zhiyu">【升级】&lt;请&gt;签收</Say>') == 2


@pytest.mark.parametrize(("status", "wrong"), [
    (400, Undeliverable), (401, Undeliverable), (403, Undeliverable), (404, Undeliverable), (429, NotSent), (500, NotSent), (503, NotSent)])
def test_an_answer_tells_whether_it_is_worth_trying_again(status, wrong):
    told = {"code": 21211, "message": "Invalid 'To' Phone Number", "status": status}
    with twilio(status, told) as (base, asked), pytest.raises(wrong, match="21211"):
        phone(base).send_text(REAL, "x", "k")
    assert len(asked) == 1


def test_no_answer_after_sending_is_unsure_and_never_repeated():
    with twilio(silent=True) as (base, asked), pytest.raises(Unsure):
        phone(base).send_text(REAL, "x", "k")
    assert len(asked) == 1


def test_a_connection_broken_after_sending_is_unsure():
    with twilio(hang_up=True) as (base, asked), pytest.raises(Unsure):
        phone(base).call_person(REAL, "x", "k")
    assert len(asked) == 1


def test_a_connection_that_never_stood_means_nothing_went_out():
    with twilio() as (base, _):
        pass
    with pytest.raises(NotSent):
        phone(base).send_text(REAL, "x", "k")


@pytest.mark.parametrize("broken", [requests.exceptions.ConnectTimeout("t"), requests.exceptions.SSLError("s"), requests.exceptions.ProxyError("p")])
def test_a_failed_handshake_means_nothing_went_out(broken):
    class Broken(TwilioHttpClient):
        def request(self, *_, **__):
            raise broken

    with pytest.raises(NotSent):
        TwilioPhone(SETTINGS, demo=False, http_client=Broken()).send_text(REAL, "x", "k")


@pytest.mark.parametrize(("demo", "to"), [(True, REAL), (False, "+8619000000001"), (False, "19000009012"), (False, "8619000001800")])
def test_demo_data_never_leaves(demo, to, nothing_but_loopback):
    for send in (TwilioPhone(SETTINGS, demo).send_text, TwilioPhone(SETTINGS, demo).call_person):
        with pytest.raises(Undeliverable, match="demo data"):
            send(to, "x", "k")
    assert nothing_but_loopback == []


def test_twilio_is_chosen_only_with_a_whole_account_and_never_on_a_trial():
    from dataclasses import replace
    assert isinstance(choose(SETTINGS), TwilioPhone)
    for missing in ({"twilio_account_sid": None}, {"twilio_auth_tokens": ()}, {"twilio_number": None}, {"demo": True}):
        assert isinstance(choose(replace(SETTINGS, **missing)), PaperPhone)


def test_twilio_waits_ten_seconds_at_most():
    sent = TwilioPhone(SETTINGS, demo=False)
    assert sent._connected().http_client.timeout == 10
    assert sent._connected().auth == (ACCOUNT, TOKEN)


def test_the_paper_phone_gives_the_same_id_for_the_same_key():
    paper = PaperPhone()
    assert paper.send_text("110", "x", "a") == paper.send_text("110", "x", "a") != paper.send_text("110", "x", "b")
    assert paper.repeatable
