"""The desk's call panel, the supervisors' page of calls, and the telephone's window: what is shown to whom, and what the buttons do."""

import base64
import io
import json
import re
import tarfile
from dataclasses import replace
from hashlib import sha512

import jwt
import pytest
import sqlalchemy as sa

from callcenter.config import Settings, SettingsError, softphone_file
from callcenter.services.telephone import calls, softphone
from callcenter.storage.tables import AccessRow, CallRow
from callcenter.storage.telephone_tables import AgentPhoneRow, LineRow
from callcenter.telephony.port import NotSent
from callcenter.work import softphone_asset
from tests.hotlines import NINE
from tests.telephony.conftest import app_of, settings_of
from tests.telephony.fake_phone import FakePhone
from tests.telephony.twilio_posts import ACCOUNT, CALLER, call_sid

SID, CHILD = call_sid(1), call_sid(2)
KEY, SECRET, APP = "SK" + "1" * 32, "s" * 32, "AP" + "2" * 32


@pytest.fixture
def hotline(sqlite_hotline):
    """A page does not care which database there is."""
    calls.arrive(sqlite_hotline, SID, CALLER, NINE)
    calls.store_delivery(sqlite_hotline, "up", SID, "agent", {"CallSid": CHILD, "CallStatus": "in-progress", "agent": "agent01"}, NINE)
    calls.answered(sqlite_hotline, SID, "agent01", NINE)
    return sqlite_hotline


@pytest.fixture
def phone(app):
    phone = FakePhone()
    app.extensions["parts"] = replace(app.extensions["parts"], phone=phone)
    return phone


class Reader:
    """Somebody signed in, whose browser sends forms by script."""

    def __init__(self, app, user):
        self.client = app.test_client()
        self.client.post("/sign-in", data={"user": user, "password": "demo", "csrf_token": self._token("/sign-in")})

    def _token(self, path="/me"):
        return re.search(r'name="csrf-token" content="([^"]+)"', self.client.get(path).get_data(as_text=True))[1]

    def page(self, path, status=200):
        answer = self.client.get(path)
        assert answer.status_code == status
        return answer.get_data(as_text=True)

    def post(self, path, **form):
        return self.client.post(path, data={"csrf_token": self._token(), **form}, headers={"X-Partial": "1"})


def state(hotline):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(CallRow.state).where(CallRow.sid == SID))


def lines(hotline):
    with hotline.store.reading() as session:
        return {x.user or x.number or x.role: x for x in session.scalars(sa.select(LineRow)) if x.role != "caller"}


# ---- the panel -------------------------------------------------------------------------------------------

def test_the_panel_offers_everything_on_a_live_line(app, phone):
    page = Reader(app, "agent01").page("/desk")
    for words in ("谁在通话里", "咨询（客户等候）", "直接转接", "暂停录音", "通话备注", "110", "119", "120"):
        assert words in page
    assert 'value="agent02"' in page
    assert 'value="plumber01"' in page
    assert 'value="agent01"' not in page.split('name="who"')[1].split("</select>")[0]


def test_without_a_line_the_panel_offers_what_is_possible_by_hand(app):
    page = Reader(app, "agent01").page("/desk")
    assert "通话备注" in page
    assert "保持" in page
    for words in ("谁在通话里", "咨询（客户等候）", "暂停录音", "一键转接"):
        assert words not in page


def test_the_panel_speaks_english(app, phone):
    reader = Reader(app, "agent01")
    reader.client.set_cookie("language", "en")
    panel = reader.page("/desk").split('id="panel"')[1].split("</section>")[0]
    assert "Who is in the call" in panel
    words = re.sub(r"(?s)<select.*?</select>|<[^>]+>", " ", panel)
    assert not re.search(r"[\u4e00-\u9fff]", words.replace("李想", "")) or "坐席" not in words


def test_others_see_no_panel_for_the_call(app, phone):
    assert 'id="panel"' not in Reader(app, "agent02").page(f"/desk?call={SID}")


def test_the_buttons_of_the_panel_leave_the_page_where_it_is(app, phone, hotline):
    agent = Reader(app, "agent01")
    assert agent.post(f"/calls/{SID}/consult", who="agent02").status_code == 204
    assert (state(hotline), lines(hotline)["agent02"].state) == ("held", "asked")
    assert [verb for verb, *_ in phone.taken()] == ["place", "redirect"]
    page = agent.page("/desk")
    assert "取消振铃" in page
    assert "客户加入，三方通话" in page
    assert agent.post(f"/calls/{SID}/drop", line=lines(hotline)["agent02"].key).status_code == 204
    assert "已取消" in agent.page("/desk")
    assert agent.post(f"/desk/calls/{SID}/resume").status_code == 204
    assert agent.post(f"/calls/{SID}/recording", pause="yes").status_code == 204
    assert "录音已暂停" in agent.page("/desk")
    assert agent.post(f"/calls/{SID}/hand-on", who="119").status_code == 204
    assert phone.taken()[-1][:2] == ("place", "119")
    assert agent.post(f"/calls/{SID}/leave").status_code == 204


@pytest.mark.parametrize(("act", "form", "status", "code"), [
    ("consult", {"who": ""}, 422, "unknown_person"), ("consult", {"who": "13800000000"}, 422, "number_not_allowed"),
    ("leave", {}, 409, "nobody_left"), ("drop", {"line": "made-up"}, 409, "no_line"), ("notes", {"note": " "}, 422, "bad_value"),
    ("recording", {"pause": "no"}, 409, "nothing_changes")])
def test_a_refusal_is_told_in_words(app, phone, act, form, status, code):
    answer = Reader(app, "agent01").post(f"/calls/{SID}/{act}", **form)
    assert (answer.status_code, answer.json["error"]) == (status, code)
    assert answer.json["message"]


def test_what_the_provider_refuses_is_said_and_nothing_has_changed(app, phone, hotline):
    phone.refuses["redirect"] = NotSent("503 busy")
    answer = Reader(app, "agent01").post(f"/desk/calls/{SID}/hold")
    assert (answer.status_code, answer.json["error"], state(hotline)) == (409, "line_failed", "answered")
    assert "503 busy" in answer.json["message"]


def test_somebody_elses_call_is_left_alone(app, phone, hotline):
    assert Reader(app, "agent02").post(f"/desk/calls/{SID}/hold").status_code == 403
    assert Reader(app, "agent02").post(f"/calls/{SID}/consult", who="agent03").status_code == 409
    assert phone.taken() == []


def test_notes_begin_the_content_of_the_ticket(app, phone):
    agent = Reader(app, "agent01")
    for text in ("厨房漏水", "已关总阀 <b>"):
        assert agent.post(f"/calls/{SID}/notes", note=text).status_code == 204
    content = agent.page("/desk?new=1").split('name="content"')[1].split("</textarea>")[0]
    assert content.split(">", 1)[1] == "厨房漏水\n已关总阀 &lt;b&gt;"


def test_a_call_left_to_a_colleague_is_in_their_hands_with_its_number(app, phone, hotline):
    agent, colleague = Reader(app, "agent01"), Reader(app, "agent02")
    agent.post(f"/calls/{SID}/hand-on", who="agent02")
    from callcenter.services.telephone.conducting import Conductor

    line = lines(hotline)["agent02"]
    Conductor(hotline, phone).entered(line.key, line.sid, NINE)
    assert 'id="my-call"' in colleague.page("/desk")
    assert CALLER in colleague.page("/desk")
    assert 'id="my-call"' not in agent.page("/desk")


# ---- supervisors -----------------------------------------------------------------------------------------

def test_a_supervisor_sees_the_calls_listens_and_is_seen(app, phone, hotline):
    boss = Reader(app, "supervisor01")
    page = boss.page("/calls")
    assert "190****0001" in page
    assert "监听" in page
    assert CALLER not in page
    assert boss.post(f"/calls/{SID}/supervise", mode="listen").status_code == 204
    with hotline.store.reading() as session:
        assert session.scalar(sa.select(AccessRow.by).where(AccessRow.what == "listening")) == "supervisor01"
    assert "监听" in Reader(app, "agent01").page("/desk")


@pytest.mark.parametrize(("user", "status"), [
    ("lead01", 200), ("pm01", 200), ("quality01", 200), ("agent01", 403), ("admin01", 403), ("auditor01", 403)])
def test_the_calls_are_for_those_who_may_listen(app, phone, user, status):
    Reader(app, user).page("/calls", status)


# ---- the telephone's window ------------------------------------------------------------------------------

def connected(hotline, folder, **changed):
    settings = settings_of(hotline, folder, **{"twilio_api_key_sid": KEY, "twilio_api_key_secret": SECRET, "twilio_app_sid": APP, **changed})
    app = app_of(settings)
    app.testing = True
    return app


def test_a_token_is_for_ones_own_telephone_and_for_an_hour(hotline, tmp_path, watch):
    answer = Reader(connected(hotline, tmp_path), "agent01").post("/phone/token")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = jwt.decode(answer.json["token"], SECRET, algorithms=["HS256"])
    assert (told["iss"], told["sub"], told["grants"]["identity"]) == (KEY, ACCOUNT, softphone.identity_of("agent01"))
    assert told["exp"] - int(told["jti"].rpartition("-")[2]) == 3600
    assert told["grants"]["voice"] == {"incoming": {"allow": True}, "outgoing": {"application_sid": APP}}


def test_without_settings_the_telephone_says_what_is_missing(app):
    answer = Reader(app, "agent01").post("/phone/token")
    assert (answer.status_code, answer.json["error"]) == (503, "not_connected")
    assert "TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET, TWILIO_APP_SID" in answer.json["message"]
    page = Reader(app, "agent01").page("/phone")
    assert "TWILIO_APP_SID" in page
    assert "sdk/" not in page


def test_a_token_needs_the_forms_own_proof_and_is_not_given_without_end(hotline, tmp_path, watch):
    agent = Reader(connected(hotline, tmp_path), "agent01")
    assert agent.client.post("/phone/token").status_code in (400, 401)
    statuses = [agent.post("/phone/token").status_code for _ in range(22)]
    assert statuses[:20] == [200] * 20
    assert statuses[-1] == 429


@pytest.mark.parametrize(("user", "status"), [("lead01", 200), ("supervisor01", 200), ("plumber01", 403), ("admin01", 403), ("quality01", 403)])
def test_who_has_a_browser_telephone(app, user, status):
    Reader(app, user).page("/phone", status)


def test_the_script_comes_from_our_own_house_and_only_its_window_may_reach_the_provider(hotline, tmp_path, watch):
    app = connected(hotline, tmp_path)
    agent, file = Reader(app, "agent01"), softphone_file(tmp_path)
    assert "twilio.com" not in agent.client.get("/phone").headers["Content-Security-Policy"]
    file.parent.mkdir()
    file.write_bytes(b"var Twilio;")
    window = agent.client.get("/phone")
    assert "wss://*.twilio.com" in window.headers["Content-Security-Policy"]
    assert f"/phone/sdk/{file.name}" in window.get_data(as_text=True)
    script = agent.client.get(f"/phone/sdk/{file.name}")
    assert (script.get_data(), script.headers["Cache-Control"]) == (b"var Twilio;", "private, max-age=31536000, immutable")
    assert agent.client.get("/phone/sdk/other.js").status_code == 404
    assert "twilio.com" not in agent.client.get("/desk").headers["Content-Security-Policy"]
    assert app.test_client().get(f"/phone/sdk/{file.name}").status_code == 302


def test_an_agent_sets_a_telephone_and_is_told_what_is_wrong_with_it(app, hotline):
    agent = Reader(app, "agent01")
    wrong = agent.post("/phone/mine", kind="phone", address="12")
    assert (wrong.status_code, list(wrong.json["fields"])) == (422, ["address"])
    assert agent.post("/phone/mine", kind="sip", address="li@pbx.example.com").status_code == 204
    with hotline.store.reading() as session:
        row = session.get_one(AgentPhoneRow, "agent01")
        assert (row.kind, row.address, row.set_by) == ("sip", "li@pbx.example.com", "agent01")


def test_hanging_up_in_the_window_ends_my_call_and_nobody_elses(app, phone, hotline):
    assert Reader(app, "agent02").post("/phone/hang-up").status_code == 204
    assert state(hotline) == "answered"
    assert Reader(app, "agent01").post("/phone/hang-up").status_code == 204
    assert (state(hotline), phone.taken()) == ("ended", [("hang_up", SID), ("hang_up", CHILD)] if lines(hotline) else [("hang_up", SID)])


@pytest.mark.parametrize(("variable", "value"), [
    ("TWILIO_API_KEY_SID", "AC" + "1" * 32), ("TWILIO_API_KEY_SECRET", "short"), ("TWILIO_APP_SID", "AP1")])
def test_a_setting_of_the_wrong_form_is_named_and_a_secret_is_not_repeated(variable, value):
    with pytest.raises(SettingsError, match=variable) as wrong:
        Settings.from_environment({variable: value})
    assert variable != "TWILIO_API_KEY_SECRET" or value not in str(wrong.value)


# ---- fetching the script ---------------------------------------------------------------------------------

def package(name=softphone_asset.INSIDE, script=b"var Twilio = {};"):
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        about = tarfile.TarInfo(name)
        about.size = len(script)
        archive.addfile(about, io.BytesIO(script))
    return written.getvalue()


class Registry:
    """A registry that gives this package."""

    def __init__(self, held):
        self.held, self.asked = held, []

    def __call__(self, url):
        self.asked.append(url)
        return self.held if url.endswith(".tgz") else json.dumps({"dist": {"tarball": "https://r.example/voice.tgz"}}).encode()


def known(monkeypatch, held):
    monkeypatch.setattr(softphone_asset, "INTEGRITY", "sha512-" + base64.b64encode(sha512(held).digest()).decode())


def test_the_script_is_fetched_from_the_registry_npm_would_ask_and_kept(tmp_path, monkeypatch):
    (tmp_path / ".npmrc").write_text("registry=https://mirror.example/npm\n//mirror.example/:_authToken=x\n")
    registry = Registry(package())
    known(monkeypatch, registry.held)
    file = softphone_asset.install(tmp_path, {}, tmp_path, registry)
    assert (file, file.read_bytes()) == (softphone_file(tmp_path), b"var Twilio = {};")
    assert registry.asked == ["https://mirror.example/npm/@twilio/voice-sdk/2.18.5", "https://r.example/voice.tgz"]
    assert softphone_asset.registry({"NPM_CONFIG_REGISTRY": "https://e.example"}, tmp_path) == "https://e.example/"
    with pytest.raises(softphone_asset.NotFetched, match="NPM_CONFIG_REGISTRY"):
        softphone_asset.registry({"PATH": str(tmp_path)}, tmp_path / "nowhere")


def test_where_nothing_is_configured_npm_itself_is_asked(tmp_path):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho https://r.example/npm\n")
    npm.chmod(0o700)
    assert softphone_asset.registry({"PATH": str(tmp_path)}, tmp_path / "nowhere") == "https://r.example/npm/"


@pytest.mark.parametrize("what", ["another package", "unreachable", "nonsense", "not https"])
def test_anything_but_the_known_package_is_not_kept(tmp_path, monkeypatch, what):
    def unreachable(url):
        raise OSError("no route")

    get = {"another package": Registry(package()), "unreachable": unreachable, "nonsense": lambda url: b"<html>", "not https": None}[what]
    with pytest.raises(softphone_asset.NotFetched):
        softphone_asset.install(tmp_path, {"npm_config_registry": "ftp://x.example" if get is None else "https://r.example"}, tmp_path, get)
    assert not softphone_file(tmp_path).exists()


def test_the_version_in_the_files_name_is_the_one_that_is_fetched():
    assert softphone_asset.VERSION in softphone_file(Settings.from_environment({}).data_dir).name
