"""One's own account: the password changed by whoever knows it, a password for one sign-in, other browsers signed out."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.services import people
from callcenter.services.hotline import Hotline
from callcenter.services.people import People
from callcenter.services.rosters import telling
from callcenter.storage.people_tables import SignInRow
from callcenter.storage.tables import DutyRow, EventRow, PersonRow
from callcenter.web.security import SignedIn
from tests.web.office import PAGES, Hand, Office, Visitor, application

OLD, NEW = "an old password", "a quite new password"


class Doors:
    """The register of people as the application has it."""

    def __init__(self, register: People) -> None:
        self.register = register

    def find(self, user):
        return self._as(self.register.find(user))

    def check(self, user, password, now):
        return self._as(self.register.check(user, password, now))

    def _as(self, badge):
        return badge and SignedIn(badge.user, badge.name, badge.roles, badge.compounds, badge.session_version, badge.must_change)


@pytest.fixture
def house(sqlite_hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(people, "WORK", 256)
    monkeypatch.setattr(People.__init__, "__defaults__", (256,))
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = application(sqlite_hotline, (*PAGES, "account", "registers", "registers_people", "registers_roster", "registers_archive",
                                            "registers_places", "registers_calendar", "registers_certificates", "registers_categories"))
    register = People(sqlite_hotline.store, 256)
    for user in ("agent01", "admin01"):
        register.set_password(user, OLD)
    made.app.extensions["people"] = Doors(register)
    return made


def enters(house: Office, user: str, password: str = OLD, agent: str = "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537"):
    """A browser that has signed in with a password; None when the door stayed shut."""
    client = house.app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = agent
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/sign-in").get_data(as_text=True))[1]
    if client.post("/sign-in", data={"user": user, "password": password, "csrf_token": token}).status_code != 303:
        return None
    made = Visitor.__new__(Visitor)
    made.client, made.user, made.keys, made.token = client, user, 0, token
    return made


def change(visitor, current: str = OLD, new: str = NEW, again: str | None = None):
    return visitor.post("/me/password", script=False, current=current, new=new, again=new if again is None else again)


def test_a_password_is_changed_this_browser_stays_and_the_others_are_signed_out(house: Office) -> None:
    here, there = enters(house, "agent01"), enters(house, "agent01", agent="Mozilla/5.0 (iPhone) MicroMessenger/8")
    page = here.page("/me/account")
    assert [text in page for text in ("Chrome · Windows", "WeChat · iPhone", "这个浏览器")] == [True] * 3
    assert change(here).status_code == 303
    assert "密码已更改" in here.page("/me")
    assert "WeChat" not in here.page("/me/account")
    assert there.client.get("/me").status_code == 302
    assert enters(house, "agent01", OLD) is None
    assert enters(house, "agent01", NEW) is not None
    with house.hotline.store.reading() as session:
        kept = session.scalars(sa.select(EventRow).where(EventRow.action == "register:password")).one()
        assert (kept.by, kept.data) == ("agent01", {"fields": {}, "reason": ""})


@pytest.mark.parametrize(("current", "new", "again", "said"), [
    ("wrong password", NEW, None, "现在的密码不对"), (OLD, NEW, NEW + "!", "两次输入的新密码不一样"), (OLD, "short one", None, "至少 10 位"),
    (OLD, OLD, None, "不能和原来一样"), (OLD, "my name is agent01", None, "不能含用户名"), (OLD, "aaaaaaaaaaab", None, "重复的字符"),
    (OLD, "x" * 257, None, "至少 10 位"), ("x" * 300, NEW, None, "现在的密码不对"),
])
def test_a_password_that_will_not_do_is_refused_and_the_old_one_stays(house: Office, current: str, new: str, again: str | None, said: str) -> None:
    here = enters(house, "agent01")
    answer = change(here, current, new, again)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert new not in answer.get_data(as_text=True)
    assert enters(house, "agent01", OLD) is not None


def test_wrong_tries_at_the_old_password_are_slowed_down_and_lock_the_name(house: Office) -> None:
    here = enters(house, "agent01")
    codes = [change(here, f"wrong password {n}").status_code for n in range(8)]
    assert codes == [422] * 6 + [429] * 2
    with house.hotline.store.reading() as session:
        assert session.get_one(PersonRow, "agent01").failed_sign_ins == 6


def test_other_browsers_are_signed_out_with_one_press(house: Office) -> None:
    here, there = enters(house, "agent01"), enters(house, "agent01")
    assert here.post("/me/sign-ins/end", script=False).status_code == 303
    assert here.page("/me/account").count("Chrome · Windows") == 1
    assert there.client.get("/me").status_code == 302
    here.client.post("/sign-out", data={"csrf_token": here.token})
    with house.hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SignInRow).where(SignInRow.ended_at.is_(None))) == 0


def test_a_browser_is_noted_as_seen_and_forgotten_after_twelve_hours(house: Office) -> None:
    here, there = enters(house, "agent01"), enters(house, "agent01", agent="Firefox/150 Linux")
    house.hand.now += timedelta(hours=11)
    here.page("/me")
    house.hand.now += timedelta(hours=2)
    page = here.page("/me/account")
    assert "Chrome · Windows" in page
    assert "Firefox" not in page
    assert there is not None


def test_a_forgotten_password_is_replaced_by_one_that_is_good_for_one_sign_in(house: Office) -> None:
    admin, before = enters(house, "admin01"), enters(house, "agent01")
    page = admin.post("/registers/people/agent01", script=False, do="password").get_data(as_text=True)
    once = re.search(r'class="num once">([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})<', page)[1]
    assert once not in admin.page("/registers/people/agent01")
    assert before.client.get("/me").status_code == 302
    assert enters(house, "agent01", OLD) is None
    here = enters(house, "agent01", once)
    assert here.client.get("/me").headers["Location"] == "/me/account"
    assert here.client.get("/rules", headers={"X-Partial": "1"}).status_code == 403
    assert here.post("/me/sign-ins/end", script=False).status_code == 403
    assert "这是一次性密码" in here.page("/me/account")
    assert change(here, once, NEW).status_code == 303
    assert "密码已更改" in here.page("/me")


def test_what_somebody_was_told_and_belongs_to_no_ticket_stands_on_their_own_page(house: Office) -> None:
    with house.hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.user.in_(["plumber01", "plumber03"])))
    telling.tell(house.hotline, house.hand.now)
    People(house.hotline.store, 256).set_password("supervisor01", OLD)
    assert "没有水工" in enters(house, "supervisor01").page("/me").split('id="news"')[1]
    assert 'id="news"' not in enters(house, "agent01").page("/me")


def test_nobody_but_an_administrator_gives_passwords(house: Office) -> None:
    with house.hotline.store.transaction() as session:
        session.get_one(PersonRow, "agent01").roles = ["supervisor"]
    answer = enters(house, "agent01").post("/registers/people/admin01", script=False, do="password")
    assert answer.status_code == 422
    assert "没有这个权限" in answer.get_data(as_text=True)
