"""Signing in, signing out, and where each role starts."""

import pytest

from callcenter.web.people import local_path
from tests.web.tiny import PASSWORD


def test_a_stranger_is_sent_to_sign_in_and_comes_back_where_they_wanted(visitor):
    asked = visitor.get("/dispatch?q=3%E6%A0%8B")
    assert asked.status_code == 302
    assert asked.headers["Location"] == "/sign-in?next=/dispatch?q%3D3%25E6%25A0%258B"
    assert visitor.sign_in("zhaolei", next="/dispatch?q=3").headers["Location"] == "/dispatch?q=3"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer_after_the_same_one_check(app, visitor):
    token = visitor.token()
    answers = [
        visitor.post("/sign-in", {"user": user, "password": "no"}, token) for user in ("hejing", "nobody")
    ]  # fmt: skip
    pages = [answer.get_data(as_text=True).replace("nobody", "hejing") for answer in answers]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert _without_moment(pages[0]) == _without_moment(pages[1])
    assert "用户名或密码不对" in pages[0]
    assert [user for user, _, _ in app.extensions["people"].asked] == ["hejing", "nobody"]


def _without_moment(page):
    return [line for line in page.splitlines() if "data-now" not in line and "csrf" not in line]


def test_the_typed_password_is_never_written_back(visitor):
    assert "s3cret-typed" not in visitor.sign_in("hejing", "s3cret-typed").get_data(as_text=True)


@pytest.mark.parametrize(
    ("user", "home"),
    [
        ("wangfang", "/desk"), ("hejing", "/desk"), ("zhaolei", "/dispatch"), ("chenqiang", "/field"),
        ("root", "/rules"), ("newcomer", "/me"), ("zhoumin", "/me"),
    ],
)  # fmt: skip
def test_each_role_starts_at_its_own_desk(visitor, user, home):
    visitor.sign_in(user)
    assert visitor.get("/").headers["Location"] == home


def test_the_navigation_offers_only_doors_that_are_open_to_the_person_and_built(visitor):
    visitor.sign_in("chenqiang")
    page = visitor.get("/me").get_data(as_text=True)
    assert 'href="/field"' in page
    assert 'href="/rules"' in page
    assert 'href="/dispatch"' not in page
    assert 'href="/followups"' not in page


def test_whoever_is_signed_in_does_not_see_the_form_again(visitor):
    visitor.sign_in("hejing")
    assert visitor.get("/sign-in?next=/rules").headers["Location"] == "/rules"


def test_signing_out_ends_the_session(visitor):
    visitor.sign_in("hejing")
    assert visitor.get("/me").status_code == 200
    assert visitor.post("/sign-out").headers["Location"] == "/sign-in"
    assert visitor.get("/me").status_code == 302


def test_a_changed_password_ends_every_session_at_its_next_request(app, visitor):
    visitor.sign_in("hejing")
    app.extensions["people"].change_password("hejing")
    assert visitor.get("/me").status_code == 302


def test_one_persons_wrong_tries_are_limited_and_a_colleague_at_the_same_address_is_not(visitor):
    token = visitor.token()
    answers = [visitor.post("/sign-in", {"user": "hejing", "password": "no"}, token) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "尝试太频繁" in answers[-1].get_data(as_text=True)
    assert visitor.post("/sign-in", {"user": "zhaolei", "password": PASSWORD}, token).status_code == 303


def test_a_whole_shift_may_sign_in_at_once_from_one_address(app):
    from tests.web.conftest import Visitor

    for _ in range(20):
        assert Visitor(app.test_client()).sign_in("hejing").status_code == 303


@pytest.mark.parametrize(
    "wish",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "", None, "desk",
     "/desk\r\nSet-Cookie: a=b", "/\t/evil.example"],
)  # fmt: skip
def test_no_link_of_ours_leads_a_person_away(wish):
    assert local_path(wish, "/home") == "/home"


@pytest.mark.parametrize("wish", ["/", "/desk", "/desk?q=a&next=//b", "/查找?q=3栋#row-1"])
def test_paths_of_this_site_are_followed(wish):
    assert local_path(wish, "/home") == wish


def test_an_endless_password_is_refused_unread(app, visitor):
    assert visitor.sign_in("hejing", "x" * 257).status_code == 400
    assert app.extensions["people"].asked == []
