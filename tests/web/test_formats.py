"""How moments, lengths, names and numbers are written."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter import clock
from callcenter.domain.vocabulary import Role
from callcenter.web import formats

NOW = datetime(2026, 11, 22, 16, 30, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(params=["zh", "en"])
def language(app, request):
    with app.test_request_context(headers={"Cookie": f"language={request.param}"}):
        yield request.param


def test_moments_are_told_in_the_companys_time_zone(language):
    assert formats.moment(NOW) == {"zh": "11月23日 00:30", "en": "23 Nov 00:30"}[language]
    assert formats.clock_time(NOW) == "00:30:05"
    assert formats.day(NOW) == {"zh": "2026年11月23日", "en": "23 Nov 2026"}[language]


def test_another_year_is_named(language):
    last_year = datetime(2025, 12, 31, 15, 59, tzinfo=UTC)
    assert formats.moment(last_year) == {"zh": "2025年12月31日 23:59", "en": "31 Dec 2025, 23:59"}[language]


def test_nothing_is_a_dash(language):
    assert {formats.moment(None), formats.day(None), formats.clock_time(None), formats.ago(None), formats.phone(""),
            formats.masked_name(None)} == {"—"}  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"), (59.9, "59 秒", "59 s"), (60, "1 分钟", "1 min"), (185, "3 分钟 5 秒", "3 min 5 s"),
        (3600, "1 小时", "1 h"), (90061, "1 天 1 小时", "1 d 1 h"), (-185, "3 分钟 5 秒", "3 min 5 s"),
    ],
)  # fmt: skip
def test_lengths_have_two_units_and_are_never_rounded_up(language, seconds, zh, en):
    assert formats.length(timedelta(seconds=seconds)) == {"zh": zh, "en": en}[language]


def test_ago_knows_past_present_and_future(language):
    told = [formats.ago(NOW - timedelta(minutes=3)), formats.ago(NOW), formats.ago(NOW + timedelta(hours=2))]
    assert told == {"zh": ["3 分钟前", "刚刚", "2 小时后"], "en": ["3 min ago", "just now", "in 2 h"]}[language]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("13812341234", "138****1234"), ("+8613812341234", "138****1234"), ("02154321234", "021****1234"),
        ("54321234", "54****34"), ("12345", "12345"), ("110", "110"), (None, "—"),
    ],
)  # fmt: skip
def test_a_phone_number_is_recognised_but_cannot_be_rung(number, written):
    assert formats.phone(number) == written


@pytest.mark.parametrize(("name", "written"), [("张三", "张**"), ("欧阳娜娜", "欧**"), ("J. Smith", "J**")])
def test_a_name_shows_its_first_character_and_hides_its_length(name, written):
    assert formats.masked_name(name) == written


@pytest.mark.parametrize(
    ("milliseconds", "look", "digits"),
    [
        (60_001, "running", "1:01"), (60_000, "soon", "1:00"), (1, "soon", "0:01"), (0, "soon", "0:00"),
        (-1, "late", "0:00"), (-48_000, "late", "0:48"), (10_657_000, "running", "2:57:37"),
    ],
)  # fmt: skip
def test_a_promise_is_late_one_millisecond_after_its_moment(app, milliseconds, look, digits):
    due_at = NOW + timedelta(milliseconds=milliseconds)
    with app.test_request_context():
        assert formats.countdown_look(due_at, NOW) == look
        assert formats.countdown_digits(due_at - NOW) == digits


def test_vocabulary_speaks_the_pages_language(language):
    assert formats.word(Role.LEAD) == {"zh": "值班长", "en": "Shift lead"}[language]


def test_the_server_tells_its_moment_with_milliseconds():
    assert formats.server_now() == "2026-11-22T16:30:05.000+00:00"


def test_two_forms_never_share_a_key():
    assert formats.fresh_key() != formats.fresh_key()
