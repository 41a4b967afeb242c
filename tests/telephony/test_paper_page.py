"""The paper phone's page: who may look, what is masked, who may decide."""

import re

import pytest
import sqlalchemy as sa

from callcenter.storage.tables import MessageRow
from tests.hotlines import NINE


@pytest.fixture
def hotline(sqlite_hotline):
    """A page does not care which database there is."""
    with sqlite_hotline.store.transaction() as session:
        for n, status in enumerate(("parked", "sent")):
            session.add(MessageRow(key=f"k{n}", to="customer", role="customer", phone="13911112222", channel="sms", notice="registered",
                                   text="您的诉求<已登记>", level=0, created_at=NINE, status=status, tries=6, last_error="21211"))
    return sqlite_hotline


class Reader:
    def __init__(self, app, user):
        self.client = app.test_client()
        self.client.post("/sign-in", data={"user": user, "password": "demo", "csrf_token": self._token("/sign-in")})

    def _token(self, path):
        return re.search(r'name="csrf-token" content="([^"]+)"', self.client.get(path).get_data(as_text=True))[1]

    def get(self, path, **headers):
        return self.client.get(path, headers=headers)

    def post(self, path, **form):
        return self.client.post(path, data={"csrf_token": self._token("/me"), "key": "k", **form})


def status(hotline, id_=1):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(MessageRow.status).where(MessageRow.id == id_))


@pytest.mark.parametrize(("user", "code"), [
    ("agent01", 200), ("lead01", 200), ("dispatcher01", 200), ("supervisor01", 200), ("pm01", 200), ("quality01", 200), ("admin01", 200),
    ("plumber01", 403), ("builder01", 403), ("auditor01", 403)])
def test_the_papers_are_for_the_office(app, user, code):
    assert Reader(app, user).get("/paper-phone").status_code == code


def test_numbers_are_masked_and_words_are_only_words(app):
    page = Reader(app, "agent01").get("/paper-phone").get_data(as_text=True)
    assert "139****2222" in page
    assert "13911112222" not in page
    assert "您的诉求&lt;已登记&gt;" in page
    assert "再次发送" not in page


def test_an_open_page_asks_for_the_papers_alone(app):
    part = Reader(app, "lead01").get("/paper-phone?to=customer&channel=sms", **{"X-Partial": "1"}).get_data(as_text=True)
    assert "<html" not in part
    assert "paper-1" in part


@pytest.mark.parametrize("wish", ["to=nobody", "channel=pigeon", "stuck=maybe", "before=-1", "before=9" + "9" * 40, "before=１２"])
def test_a_wish_nobody_understands_shows_everything(app, wish):
    page = Reader(app, "lead01").get(f"/paper-phone?{wish}")
    assert page.status_code == 200
    assert page.get_data(as_text=True).count('id="paper-') == 2


def test_it_speaks_english(app):
    reader = Reader(app, "lead01")
    reader.client.set_cookie("language", "en")
    page = reader.get("/paper-phone?stuck=1").get_data(as_text=True)
    assert "Send again" in page
    assert "Not sendable, parked" in page
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"(?s)<header.*?</header>|您的诉求|已登记|和邻物业服务|中文", "", page))


@pytest.mark.parametrize(("decision", "after"), [("release", "waiting"), ("give_up", "dropped")])
def test_a_lead_decides_once_about_what_could_not_be_sent(app, hotline, decision, after):
    reader = Reader(app, "lead01")
    done = reader.post(f"/paper-phone/1/{decision}", next="/paper-phone?stuck=1")
    assert (done.status_code, done.headers["Location"]) == (303, "/paper-phone?stuck=1")
    assert status(hotline) == after
    assert reader.post(f"/paper-phone/1/{decision}").status_code == 409
    assert reader.post(f"/paper-phone/2/{decision}").status_code == 409


def test_an_agent_does_not_decide(app, hotline):
    assert Reader(app, "agent01").post("/paper-phone/1/release").status_code == 403
    assert status(hotline) == "parked"
