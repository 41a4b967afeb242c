"""A real company's first commands: the database, the first administrator, the files."""

import io
from pathlib import Path

import pytest

from callcenter import cli
from callcenter.config import Settings
from callcenter.services.people import People
from tests.hotlines import NINE


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hotline of its own without the demo company."""
    monkeypatch.setenv("CALLCENTER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CALLCENTER_DEMO", "0")
    for name in ("DATABASE_URL", "REDIS_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER", "PUBLIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["upgrade"]) == 0
    return tmp_path


def enter(monkeypatch: pytest.MonkeyPatch, *more: str, password: str = "correct horse") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    return cli.main(["people", "add-admin", "钟诚", "zhongcheng", "--password-stdin", *more])


def test_the_first_administrator_is_entered_and_a_second_only_on_purpose(company, monkeypatch, capsys) -> None:
    assert enter(monkeypatch) == 0
    parts = cli._composed(Settings.from_environment())
    badge = People(parts.hotline.store).check("zhongcheng", "correct horse", NINE)
    parts.hotline.store.engine.dispose()
    assert badge is not None
    assert badge.roles == {"admin"}
    assert enter(monkeypatch) == 1
    assert "已有系统管理员:钟诚" in capsys.readouterr().err
    monkeypatch.setattr("getpass.getpass", lambda prompt: "another one")
    assert cli.main(["people", "add-admin", "另一位", "other", "--again"]) == 0


def test_two_different_passwords_enter_nobody(company, monkeypatch, capsys) -> None:
    typed = iter(["correct horse", "correct hose"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    assert cli.main(["people", "add-admin", "钟诚", "zhongcheng", "--lang", "en"]) == 1
    assert "twice the same" in capsys.readouterr().err


def test_a_template_is_printed_filled_in_checked_and_taken_in(company, capsys) -> None:
    assert cli.main(["import", "--template", "rooms"]) == 0
    file = company / "rooms.csv"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert cli.main(["import", "rooms", str(file), "--check"]) == 0
    assert "未写入" in capsys.readouterr().out
    for expected in ("新增 / added 1,", "未变 / same 1"):
        assert cli.main(["import", "rooms", str(file)]) == 0
        assert expected in capsys.readouterr().out


def test_faults_are_named_by_file_and_line(company, capsys) -> None:
    file = company / "people.csv"
    file.write_text("user,name,roles\nwang,王芳,皇帝\n李,李四,坐席\n", encoding="utf-8")
    assert cli.main(["import", "people", str(file)]) == 1
    said = capsys.readouterr().err
    assert f"{file}:2: roles: 岗位:皇帝 不对" in said
    assert f"{file}:3: user:李 不对" in said
    assert "什么都没有写入" in said


def test_what_cannot_be_done_says_why_with_exit_code_two(company, capsys, monkeypatch) -> None:
    assert cli.main(["import", "rooms", str(company / "missing.csv")]) == 2
    assert cli.main(["import"]) == 2
    monkeypatch.setenv("CALLCENTER_DATA", str(company / "elsewhere"))
    (company / "elsewhere").mkdir()
    assert cli.main(["import", "rooms", str(company / "missing.csv")]) == 2
    assert "callcenter upgrade" in capsys.readouterr().err
