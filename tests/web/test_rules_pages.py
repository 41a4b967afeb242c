"""The pages of the rules for whoever may change them: versions set beside each other, a change checked, handed out and rehearsed."""

import fcntl
import io
import re
from pathlib import Path

import pytest

from callcenter.config import Settings
from callcenter.domain.ticket import Refused
from callcenter.services.rulebook import Rulebook, installer
from callcenter.services.rules import trial as rules_trial
from callcenter.services.rules import versions as rules_history
from tests.hotlines import NINE
from tests.web.office import Office, one_office  # noqa: F401

TEXT = Rulebook().texts["flows.toml"]
NEXT = re.sub(r"(?m)^version = (\d+)", lambda found: f"version = {int(found[1]) + 1}", TEXT)
MINIMAL = 'title = "一天"\nstart = 2026-03-10T09:00:00+08:00\ncast = "demo"\n'


@pytest.fixture
def office(one_office: Office, tmp_path: Path) -> Office:  # noqa: F811
    one_office.app.extensions["parts"].settings = Settings(data_dir=tmp_path, database_url="sqlite://", redis_url="unix:///nobody", demo=True)
    return one_office


def tries(visitor, do: str, text: str, upload: str | None = None, **more: str):
    sent = {"csrf_token": visitor.token, "file": "flows.toml", "text": text, "do": do, **more}
    if upload is not None:
        sent["upload"] = (io.BytesIO(upload.encode()), "../../day.toml")
    return visitor.client.post("/rules/proposal", data=sent, content_type="multipart/form-data")


def test_words_that_differ_are_marked_and_lines_far_from_a_change_left_out() -> None:
    before = "\n".join(f"line {n}" for n in range(1, 21))
    after = before.replace("line 10", "line ten").replace("line 15\n", "") + "\nline 21"
    (found,) = rules_history.differences({"a": before, "same": "x"}, {"a": after, "same": "x"})
    kinds = [(row.kind, row.left, row.right) for row in found.rows if row.kind not in ("same", "gap")]
    assert kinds == [("changed", 10, 10), ("removed", 15, None), ("added", None, 20)]
    changed = next(row for row in found.rows if row.kind == "changed")
    assert (changed.before, changed.after) == ([(False, "line "), (True, "10")], [(False, "line "), (True, "ten")])
    assert (found.added, found.removed) == (2, 2)
    assert all(row.left != 1 for row in found.rows)


def test_the_history_tells_who_changed_what_and_shows_it(office: Office) -> None:
    supervisor = office.visitor("supervisor01")
    assert "还只有一个版本" in supervisor.page("/rules/history")
    changed = NEXT.replace("# ", "# (改)", 1)
    office.hotline.rulebook.copy().revise(office.hotline.store, {**office.hotline.rulebook.texts, "flows.toml": changed}, NINE)
    Rulebook({**office.hotline.rulebook.texts, "flows.toml": changed}).install(office.hotline.store, NINE, installer())
    office.opens()
    page = supervisor.page("/rules/history")
    assert re.search(r"<ins>\(改\)</ins>", page)
    assert "flows.toml" in page.split('id="difference"')[1]
    assert "hotline.toml" not in page.split("</form>")[-1].split("</main>")[0]
    supervisor.page("/rules/history?a=1&b=999", 404)
    assert "两个版本完全相同" in supervisor.page("/rules/history?a=1&b=1")
    with office.hotline.store.reading() as session:
        newest, first = rules_history.versions(session)
        assert (newest.changed, first.changed, first.open) == (("flows.toml",), (), 1)


def test_whoever_put_rules_into_force_is_kept_with_them(office: Office) -> None:
    Rulebook({**office.hotline.rulebook.texts, "flows.toml": NEXT}).install(office.hotline.store, NINE, installer())
    assert installer() in office.visitor("admin01").page("/rules/history")
    assert "@" in installer()


def test_a_change_is_checked_with_its_line_and_loses_nothing(office: Office) -> None:
    supervisor = office.visitor("supervisor01")
    assert TEXT[:200] in supervisor.page("/rules/proposal?file=flows.toml").replace("&#34;", '"').replace("&gt;", ">")
    wrong = NEXT + "\n[nonsense]\nx = 1\n"
    answer = tries(supervisor, "check", wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "flows.toml:" in page.split('role="alert">')[1][:200]
    assert "[nonsense]\nx = 1" in page
    assert tries(supervisor, "download", wrong).status_code == 422
    assert "version" in tries(supervisor, "check", TEXT + "\n# 注\n").get_data(as_text=True).split('role="alert">')[1][:200]
    good = tries(supervisor, "check", NEXT + "\n# 注\n")
    assert (good.status_code, "可以启用" in good.get_data(as_text=True)) == (200, True)
    handed = tries(supervisor, "download", NEXT)
    assert (handed.get_data(as_text=True), handed.headers["Content-Disposition"]) == (NEXT, 'attachment; filename="flows.toml"')
    assert office.hotline.rulebook.texts["flows.toml"] == TEXT


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "README.md", ""])
def test_no_other_file_is_ever_read(office: Office, name: str) -> None:
    page = office.visitor("admin01").page(f"/rules/proposal?file={name}")
    assert 'name="file" value="hotline.toml"' in page
    assert "root:" not in page
    with pytest.raises(Refused):
        rules_trial.day(name)


def test_a_day_is_played_under_the_proposed_rules_and_says_what_does_not_hold(office: Office) -> None:
    supervisor = office.visitor("supervisor01")
    page = tries(supervisor, "play", TEXT, day="04b_rejected_and_sent_again_too_late").get_data(as_text=True)
    assert "全部符合" in page
    wrong = rules_trial.day("04b_rejected_and_sent_again_too_late").replace('= "broken"', '= "kept"')
    page = tries(supervisor, "play", TEXT, upload=wrong).get_data(as_text=True)
    assert "项不符" in page
    assert "✗" in page
    assert "day.toml: expect" in page
    assert "/rehearsal-" not in page
    answer = tries(supervisor, "play", TEXT, upload=MINIMAL + "nonsense = 1\n")
    assert answer.status_code == 422
    assert "nonsense" in answer.get_data(as_text=True).split('id="played"')[1][:600]


def test_what_cannot_be_played_is_refused_and_one_day_at_a_time(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = office.visitor("supervisor01")
    assert "60 KB" in tries(supervisor, "play", TEXT, upload="#" * 70_000).get_data(as_text=True)
    assert "没有这条记录" in tries(supervisor, "play", TEXT, day="../../x").get_data(as_text=True)
    with (tmp_path / "rehearsal.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "正在排练" in tries(supervisor, "play", TEXT, day="01_three_rings").get_data(as_text=True)
    monkeypatch.setattr(rules_trial, "PATIENCE", 0.01)
    assert "超出限度" in tries(supervisor, "play", TEXT, day="01_three_rings").get_data(as_text=True)


def test_the_days_that_come_with_the_program_are_those_of_the_tests() -> None:
    scenarios = Path(__file__).resolve().parents[1] / "scenarios"
    assert len(rules_trial.days()) == 6
    for name in rules_trial.days():
        assert rules_trial.day(name) == (scenarios / f"{name}.toml").read_text(encoding="utf-8")
