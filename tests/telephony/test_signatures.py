"""Nothing unsigned gets in: every way a signature can be missing, wrong or malformed."""

import io
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from callcenter.storage.tables import CallEventRow, CallRow
from callcenter.telephony.signatures import accepted_tokens, sign, trial_token
from callcenter.web.security import open_endpoints
from tests.hotlines import NINE
from tests.telephony.conftest import app_of, settings_of
from tests.telephony.twilio_posts import BASE, TOKEN, Line, Post, call_sid, inbound, progress

SID = call_sid()
VOICE = Post("voice", inbound(SID))
PATHS = ("voice", "agent", "status", "dialled", "message-status", "fallback", "menu", "ring", "whisper", "wait", "wait-key", "left",
         "voicemail", "voicemail-done", "recording", "music", "room", "room-left", "room-status", "line-status", "room-recording", "say",
         "heard", "placed", "connect", "notice", "connected", "connect-status", "customer-status", "sms")


@pytest.fixture
def hotline(sqlite_hotline):
    """Signatures do not care which database there is."""
    return sqlite_hotline


def stored(hotline):
    with hotline.store.reading() as session:
        return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (CallRow, CallEventRow)]


def signed(post, base=BASE, token=TOKEN):
    return RequestValidator(token).compute_signature(base + post.target, post.form)


@pytest.mark.parametrize("signature", [None, "", "x", "é" * 30, "AAAA" * 4000, "sha1=abc,def"])
def test_without_a_right_signature_every_webhook_is_refused_and_nothing_is_kept(line, hotline, signature):
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    assert {line.send(Post(path, VOICE.form), **headers).status_code for path in PATHS} == {403}
    assert stored(hotline) == [0, 0]


def test_no_other_address_of_the_telephone_is_open(app):
    music = "calls.music_file"  # a file that tells nothing
    assert {name for name in open_endpoints(app) if name.startswith("calls.")} == {music, *("calls." + path.replace("-", "_") for path in PATHS)}
    assert all(line.methods == {"POST", "OPTIONS"} for line in app.url_map.iter_rules()
               if line.endpoint.startswith("calls.") and line.endpoint != music)


@pytest.mark.parametrize("change", [
    {"CallSid": call_sid(2)}, {"From": "+8613800000000"}, {"Added": "later"}, {"CallStatus": "completed"}])
def test_one_changed_word_breaks_the_signature(line, hotline, change):
    assert line.send(Post("voice", {**VOICE.form, **change}), **{"X-Twilio-Signature": signed(VOICE)}).status_code == 403
    assert stored(hotline) == [0, 0]


def test_another_agent_in_the_address_breaks_the_signature(line, hotline):
    post = Post("agent", {**inbound(SID), **progress("in-progress", NINE, 2)}, {"agent": "agent01"})
    assert line.send(replace(post, query={"agent": "agent02"}), **{"X-Twilio-Signature": signed(post)}).status_code == 403


@pytest.mark.parametrize(("base", "status"), [
    (BASE, 200), ("http://hotline.example.com", 403), (BASE + "/", 403), ("https://hotline.example.com:443", 200),
    ("https://hotline.example.com:8443", 403), ("https://other.example.com", 403)])
def test_the_public_address_counts_whatever_address_the_request_came_by(line, base, status):
    assert line.send(VOICE, **{"X-Twilio-Signature": signed(VOICE, base)}).status_code == status


def test_headers_of_a_proxy_do_not_move_the_address(line):
    headers = {"X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "http", "X-Original-URL": "/x"}
    assert line.post(VOICE, **headers).status_code == 200


def test_without_a_public_address_the_requests_own_counts(hotline, tmp_path, watch):
    app = app_of(settings_of(hotline, tmp_path, public_base_url=None))
    assert Line(app.test_client(), base="http://127.0.0.1:8000").post(VOICE).status_code == 200


def test_while_a_token_is_changed_both_are_good_and_then_only_the_new_one(hotline, tmp_path, watch):
    both = app_of(settings_of(hotline, tmp_path, twilio_auth_tokens=("new" * 8, TOKEN)))
    assert [Line(both.test_client(), token).post(VOICE).status_code for token in ("new" * 8, TOKEN, "old")] == [200, 200, 403]
    new = app_of(settings_of(hotline, tmp_path, twilio_auth_tokens=("new" * 8,)))
    assert Line(new.test_client(), TOKEN).post(VOICE).status_code == 403


def test_without_a_token_everything_is_refused_and_the_log_names_what_is_missing(hotline, tmp_path, watch, caplog):
    app = app_of(settings_of(hotline, tmp_path, twilio_auth_tokens=()))
    for token in (TOKEN, "", "None"):
        assert Line(app.test_client(), token).post(VOICE).status_code == 403
    assert "TWILIO_AUTH_TOKEN is not set" in caplog.text
    assert not (tmp_path / "demo_auth_token").exists()


def test_a_trial_without_an_account_keeps_a_secret_of_its_own(hotline, tmp_path, watch):
    settings = settings_of(hotline, tmp_path, twilio_auth_tokens=(), demo=True)
    assert trial_token(settings) is None
    app = app_of(settings)
    assert Line(app.test_client(), "guessed").post(VOICE).status_code == 403
    token = trial_token(settings)
    assert Line(app.test_client(), token).post(VOICE).status_code == 200
    assert (tmp_path / "demo_auth_token").stat().st_mode & 0o777 == 0o600
    assert accepted_tokens(replace(settings, demo=False)) == ()
    assert accepted_tokens(replace(settings, twilio_auth_tokens=(TOKEN,))) == (TOKEN,)


BODIES = (b"\xff\xfe=\x00", b"%%%=%zz&&&", b"a" * 63_000, "名=值".encode(), b"", b'{"CallSid": "CA1"}')


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data", "text/plain; charset=none", ""])
def test_a_malformed_body_is_refused_without_a_stumble(line, hotline, kind):
    for body in BODIES:
        answer = line.client.post("/twilio/voice", data=io.BytesIO(body), content_type=kind, headers={"X-Twilio-Signature": "x"},
                                  base_url="http://127.0.0.1:8000")
        assert answer.status_code in (400, 403)
    assert stored(hotline) == [0, 0]


def test_a_body_too_long_is_refused_unread(line, hotline):
    assert line.post(Post("voice", {**VOICE.form, "Much": "x" * 70_000})).status_code == 413
    assert stored(hotline) == [0, 0]


@pytest.mark.parametrize("host", ["hotline.example.com:port", "[::1", "a b", "", "127.0.0.1:8000:9"])
def test_a_malformed_host_is_refused_without_a_stumble(hotline, tmp_path, watch, host):
    for public in (None, BASE):
        app = app_of(settings_of(hotline, tmp_path, public_base_url=public))
        answer = app.test_client().post("/twilio/voice", data=VOICE.form, headers={"Host": host, "X-Twilio-Signature": "x"})
        assert answer.status_code in (400, 403)


def test_a_parameter_named_twice_and_an_address_with_signs_are_checked_as_they_came(app, hotline):
    target = "/twilio/agent?agent=agent01&note=%E6%9D%8E+a%2Fb"
    form = {**inbound(SID), "CallStatus": "ringing", "ParentCallSid": SID}
    signature = RequestValidator(TOKEN).compute_signature(BASE + target, form)
    answer = app.test_client().post(target, data=form, headers={"X-Twilio-Signature": signature}, base_url="http://127.0.0.1:8000")
    assert answer.status_code == 204


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=8), st.text(alphabet="abc123-_/?=&%", max_size=20))
def test_our_own_signature_is_the_one_twilios_library_computes(form, path):
    url = f"https://hotline.example.com/{path}"
    assert sign(TOKEN, url, form) == RequestValidator(TOKEN).compute_signature(url, form)


def test_the_example_of_twilios_documentation_has_the_signature_printed_there():
    form = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310", "To": "+18005551212"}
    assert sign("12345", "https://example.com/myapp.php?foo=1&bar=2", form) == "L/OH5YylLD5NRKLltdqwSvS0BnU="
