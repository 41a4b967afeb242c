"""What is said when something is refused or fails, and that nobody loses their words to an expired session."""

import re
from io import BytesIO

import pytest

OURS = {"Sec-Fetch-Site": "same-origin"}
THEIRS = {"Sec-Fetch-Site": "cross-site"}


def test_a_page_that_is_not_there_says_so_in_the_readers_language(visitor):
    chinese = visitor.get("/nowhere")
    english = visitor.get("/nowhere", headers={"Accept-Language": "en"})
    assert chinese.status_code == english.status_code == 404
    assert "没有找到" in chinese.get_data(as_text=True)
    assert "Not found" in english.get_data(as_text=True)


def test_a_refusal_gives_its_reason_to_people_and_programs(visitor):
    visitor.sign_in("hejing")
    page = visitor.post("/dispatch", {"reason": "冲突"})
    told = visitor.get("/api/thing")
    assert page.status_code == told.status_code == 409
    assert "WX-261122-0042 已派单：不能再派单" in page.get_data(as_text=True)
    assert told.json == {"error": "conflict", "message": "已派单"}


def test_a_wrong_method_names_the_right_ones(visitor):
    answer = visitor.get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_file_too_large_is_refused(visitor):
    visitor.sign_in("hejing")
    answer = visitor.post("/rules/note", {"text": "x" * 300_000})
    assert answer.status_code == 413


def test_after_the_session_expired_the_words_are_still_there_and_can_be_sent_again(app, visitor):
    visitor.sign_in("hejing")
    stale = visitor.token()
    visitor.client.delete_cookie("callcenter_session")
    words = "水漫客厅 <b>快</b>"
    refused = visitor.client.post("/rules/note", data={"csrf_token": stale, "text": words, "key": "k1"}, headers=OURS)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 401
    assert "请在另一个标签页重新登录" in page
    assert 'name="text" value="水漫客厅 &lt;b&gt;快&lt;/b&gt;"' in page
    assert 'name="key" value="k1"' in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.partition("error-title")[2])[1]
    visitor.sign_in("hejing")
    assert visitor.client.post("/rules/note", data={"csrf_token": token, "text": words, "key": "k1"}).status_code == 302
    assert app.notes == [words]


def test_a_bad_token_in_a_living_session_keeps_the_words_too(visitor):
    visitor.sign_in("hejing")
    page = visitor.client.post("/rules/note", data={"text": "照旧"}, headers=OURS).get_data(as_text=True)
    assert 'name="text" value="照旧"' in page
    assert "登录后重新提交" in page


def test_words_sent_from_a_foreign_page_cannot_be_confirmed_with_one_click(visitor):
    visitor.sign_in("hejing")
    page = visitor.client.post("/rules/note", data={"text": "ill meant"}, headers=THEIRS).get_data(as_text=True)
    assert "登录后重新提交" not in page
    assert "不是从本站页面提交的" in page


@pytest.mark.parametrize(("origin", "ours"), [("http://localhost", True), ("http://evil.example", False), (None, False)])
def test_an_old_browser_is_judged_by_its_origin(visitor, origin, ours):
    visitor.sign_in("hejing")
    headers = {"Origin": origin} if origin else {}
    page = visitor.client.post("/rules/note", data={"text": "x"}, headers=headers).get_data(as_text=True)
    assert ("登录后重新提交" in page) == ours


def test_a_kept_form_never_holds_the_password(visitor):
    typed = {"user": "hejing", "password": "s3cret-typed"}
    page = visitor.client.post("/sign-in", data=typed, headers=OURS).get_data(as_text=True)
    assert 'value="hejing"' in page
    assert "s3cret-typed" not in page


def test_lost_attachments_are_admitted(visitor):
    visitor.sign_in("hejing")
    data = {"text": "x", "photo": (BytesIO(b"jpeg"), "a.jpg")}
    assert "附件没有保留" in visitor.client.post("/rules/note", data=data, headers=OURS).get_data(as_text=True)


def test_a_form_sent_by_script_is_told_as_json_that_the_session_is_over(visitor):
    answer = visitor.client.post("/rules/note", data={"text": "x"}, headers={"X-Partial": "1"})
    assert answer.status_code == 401
    assert answer.json["error"] == "session_expired"


def test_a_defect_tells_a_number_and_nothing_inside(app, visitor, caplog):
    visitor.sign_in("hejing")
    page = visitor.get("/fails")
    reference = re.search(r"<code>(\w{8})</code>", page.get_data(as_text=True))[1]
    assert page.status_code == 500
    assert "13812345678" not in page.get_data(as_text=True)
    assert f"told as error {reference}" in caplog.text
    told = visitor.get("/fails", headers={"X-Partial": "1"})
    assert told.json["error"] == "internal_server_error"
    assert "13812345678" not in told.get_data(as_text=True)


def test_when_even_the_error_page_fails_a_plain_line_gets_out(app, visitor):
    visitor.sign_in("hejing")
    app.jinja_env.globals["doors_of"] = lambda person: 1 / 0
    answer = visitor.get("/fails")
    assert answer.status_code == 500
    assert answer.get_data(as_text=True).startswith("系统出错 / Something failed: ")


def test_a_form_sent_by_script_learns_where_to_go(app, visitor):
    visitor.sign_in("hejing")
    answer = visitor.post("/rules/note", {"text": "好"}, headers={"X-Partial": "1"})
    assert (answer.status_code, answer.headers["X-Location"], answer.data) == (204, "/rules", b"")
    assert "Location" not in answer.headers
