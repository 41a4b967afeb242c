"""Default deny, roles, forgery tokens and headers."""

import re

import pytest

from callcenter.web.security import open_endpoints
from tests.web.conftest import Visitor
from tests.web.tiny import tiny_app


def test_exactly_these_endpoints_are_open_to_strangers(app):
    assert open_endpoints(app) == {
        "static", "people.sign_in", "people.enter", "people.sign_out", "people.speak", "healthz",
    }  # fmt: skip


def test_every_other_view_turns_a_stranger_away(app, visitor):
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in open_endpoints(app) and "GET" in rule.methods:
            assert visitor.get(rule.rule).status_code in {302, 401}, rule


def test_programs_and_fragments_get_401_instead_of_a_sign_in_page(visitor):
    for answer in (visitor.get("/api/thing"), visitor.get("/rules", headers={"X-Partial": "1"})):
        assert answer.status_code == 401
        assert answer.json["error"] == "unauthorized"


def test_a_person_without_the_badge_gets_the_403_page(visitor):
    visitor.sign_in("chenqiang")
    answer = visitor.get("/desk")
    assert answer.status_code == 403
    assert "您的岗位不能打开此页" in answer.get_data(as_text=True)


def test_of_several_badges_one_is_enough(visitor):
    visitor.sign_in("wangfang")
    assert [visitor.get(path).status_code for path in ("/desk", "/dispatch", "/supervise", "/field")] == [200, 200, 200, 403]


def test_a_form_without_its_token_changes_nothing(app, visitor):
    visitor.sign_in("hejing")
    assert visitor.client.post("/rules/note", data={"text": "x"}).status_code == 400
    assert app.notes == []


def test_every_answer_carries_the_headers(visitor):
    for path in ("/sign-in", "/nowhere", "/healthz", "/static/app.css"):
        with visitor.get(path) as answer:
            headers = answer.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; ")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers


def test_https_is_remembered_by_the_browser_only_where_it_is_used(visitor):
    answer = visitor.get("/healthz", base_url="https://hotline.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    ("address", "secure"), [("https://hotline.example", True), ("http://127.0.0.1:8000", False), (None, False)]
)
def test_cookies_are_secure_where_the_public_address_is(address, secure):
    answer = tiny_app(PUBLIC_BASE_URL=address).test_client().get("/sign-in", base_url=address or "http://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert ("Secure" in cookie) == secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_pages_are_not_kept_by_a_shared_desks_browser(visitor):
    visitor.sign_in("hejing")
    assert visitor.get("/desk").headers["Cache-Control"] == "no-store"


def test_no_template_holds_an_inline_script_style_or_handler(app, visitor):
    visitor.sign_in("wangfang")
    for path in ("/desk", "/dispatch", "/supervise", "/me", "/rules", "/nowhere"):
        page = visitor.get(path).get_data(as_text=True)
        assert not re.search(r"<style|<script(?![^>]+src=)|\sstyle=|\son\w+=|javascript:", page), path


def test_the_same_session_cookie_from_another_key_is_nobody(app):
    visitor, other = Visitor(app.test_client()), Visitor(tiny_app(SECRET_KEY="another").test_client())
    visitor.sign_in("hejing")
    cookie = visitor.client.get_cookie("callcenter_session").value
    other.client.set_cookie("callcenter_session", cookie)
    assert other.get("/me").status_code == 302
