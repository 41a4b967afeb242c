"""Forms of acts: what was typed is read exactly, and everything that is wrong is said at once, in the reader's language."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from callcenter.domain.forms import ACTS, fields_of
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Action, ContactResult, PostponeReason, ToldVia
from callcenter.web import forms
from tests.web.tiny import tiny_app


@pytest.fixture
def app():
    return tiny_app()


@pytest.fixture
def chinese(app: Flask):
    with app.test_request_context(headers={"Cookie": "language=zh"}):
        yield


@pytest.fixture
def english(app: Flask):
    with app.test_request_context(headers={"Cookie": "language=en"}):
        yield


def wrong(action: Action, typed: dict[str, str]) -> forms.Misread:
    with pytest.raises(forms.Misread) as no:
        forms.read_act(action, MultiDict(typed))
    return no.value


def test_a_time_is_typed_on_the_local_wall_clock_and_kept_in_utc(chinese):
    fields = forms.read_act(Action.POSTPONE, MultiDict({"new_promise_at": "2026-11-24T14:30", "reason": "material", "told_via": "phone",
                                                          "initiated_by": "company"}))
    assert fields == {"initiated_by": "company", "new_promise_at": datetime(2026, 11, 24, 6, 30, tzinfo=UTC), "reason": PostponeReason.MATERIAL,
                      "told_via": ToldVia.PHONE}


def test_what_was_left_empty_or_blank_is_absent(chinese):
    assert forms.read_act(Action.ARRIVE, MultiDict({"reason": "  \r\n ", "unknown": "x"})) == {}


@pytest.mark.parametrize(("typed", "read"), [("yes", True), ("on", True), ("no", False), ("TRUE", True)])
def test_a_flag_is_yes_or_no(chinese, typed, read):
    assert forms.read_act(Action.VERIFY, MultiDict({"passed": typed})) == {"passed": read}


@pytest.mark.parametrize(("typed", "read"), [("80", 80.0), ("１２０．５", 120.5), ("1,200元", 1200.0), ("¥30", 30.0)])
def test_money_is_read_however_it_is_written(chinese, typed, read):
    assert forms.read_act(Action.QUOTE, MultiDict({"amount": typed})) == {"amount": read}


@pytest.mark.parametrize("typed", ["many", "inf", "nan", "-5", "1e400"])
def test_what_is_no_money_is_refused_beside_its_field(chinese, typed):
    assert list(forms.errors_of(wrong(Action.QUOTE, {"amount": typed}), Action.QUOTE)) == ["amount"]


@pytest.mark.parametrize("typed", ["tomorrow", "0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T10:00"])
def test_what_is_no_time_is_refused_beside_its_field(chinese, typed):
    assert list(forms.errors_of(wrong(Action.RECORD_CONSENT, {"reason": "x", "explanation": "x", "consented": "yes", "agreed_at": typed}),
                                Action.RECORD_CONSENT)) == ["agreed_at"]


def test_every_missing_and_every_wrong_field_is_named_at_once(chinese):
    no = wrong(Action.RECORD_CONSENT, {"agreed_at": "soon"})
    errors = forms.errors_of(no, Action.RECORD_CONSENT)
    assert set(errors) == {"reason", "explanation", "consented", "agreed_at"}
    assert errors["explanation"] == "必填"
    assert forms.reason(no) == "还缺:无法按时原因、向客户说明内容、客户是否同意"


def test_the_reasons_speak_english_too(english):
    no = wrong(Action.RECORD_CONSENT, {})
    assert forms.reason(no) == "Missing: Why it cannot be in time, What was explained, Customer consented, Agreed time"
    assert set(forms.errors_of(no, Action.RECORD_CONSENT).values()) == {"Required"}


def test_a_word_outside_its_vocabulary_is_refused_with_the_words_that_are_valid(chinese):
    errors = forms.errors_of(wrong(Action.RECORD_CALLBACK, {"contact_result": "maybe"}), Action.RECORD_CALLBACK)
    assert "maybe" in errors["contact_result"]
    assert ContactResult.NO_ANSWER.zh in errors["contact_result"]


def test_a_control_character_and_a_text_too_long_are_refused(chinese):
    assert "text" in forms.errors_of(wrong(Action.NOTE, {"text": "a\x00b"}), Action.NOTE)
    assert "4000" in forms.errors_of(wrong(Action.NOTE, {"text": "字" * 4001}), Action.NOTE)["text"]


def test_several_people_are_parted_by_any_comma_or_blank(chinese):
    fields, _ = forms.readable(Action.OPEN_TICKET, MultiDict({"accused": "plumber01、guard02, order01"}))
    assert fields["accused"] == ["plumber01", "guard02", "order01"]


def test_a_refusal_of_the_rules_finds_its_field(chinese):
    assert forms.errors_of(Refused("wrong_trade", person="刘洋", trades=["水工"]), Action.DISPATCH) == {"to": "刘洋 不是所需工种(水工)"}
    assert list(forms.errors_of(Refused("promise_in_the_past", when=datetime(2026, 1, 1, tzinfo=UTC)), Action.POSTPONE)) == ["new_promise_at"]
    assert forms.status_of(Refused("wrong_trade", person="刘洋", trades=["水工"]), Action.DISPATCH) == 422


def test_a_refusal_about_the_ticket_belongs_to_no_field_and_is_a_conflict(chinese):
    no = Refused("not_next", number="X", state="已派单", action="派单")
    assert forms.errors_of(no, Action.DISPATCH) == {}
    assert forms.status_of(no, Action.DISPATCH) == 409


@pytest.mark.parametrize("action", sorted(ACTS), ids=str)
def test_every_act_has_a_form_with_a_label_for_each_input_in_both_languages(app, action):
    for language in ("zh", "en"):
        with app.test_request_context(headers={"Cookie": f"language={language}"}):
            shown = forms.inputs(action)
            assert [i.name for i in shown] == [f.name for f in fields_of(action) if f.name not in forms.UNSHOWN]
            assert all(i.label and i.kind in {"text", "line", "moment", "money", "number", "choice"} for i in shown)


def test_a_moment_is_written_back_as_the_input_holds_it():
    assert forms.typed_moment(datetime(2026, 11, 24, 6, 30, tzinfo=UTC)) == "2026-11-24T14:30"
