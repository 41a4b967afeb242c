"""Signed links: each opens one thing for one purpose until its time, and nothing else opens it."""

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.ticket import Refused
from callcenter.services import links
from tests.hotlines import NINE

SECRET = "planted for tests"
TOKEN = links.make(SECRET, "survey", "Xk3-9_ab", NINE)


def refusal(secret, purpose, token, now=NINE):
    with pytest.raises(Refused) as no:
        links.read(secret, purpose, token, now)
    return no.value.code


def test_a_link_opens_what_it_was_made_for_up_to_its_last_millisecond():
    assert links.read(SECRET, "survey", TOKEN, NINE - timedelta(days=30)) == "Xk3-9_ab"
    assert links.read(SECRET, "survey", TOKEN, NINE) == "Xk3-9_ab"
    assert refusal(SECRET, "survey", TOKEN, NINE + timedelta(milliseconds=1)) == "link_expired"


def test_a_link_for_one_purpose_opens_nothing_else():
    assert refusal(SECRET, "resident", TOKEN) == "link_wrong"


def test_a_link_signed_with_another_secret_is_wrong():
    assert refusal("another", "survey", TOKEN) == "link_wrong"


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_."))
def test_one_changed_character_makes_a_link_wrong(place, letter):
    changed = TOKEN[:place] + letter + TOKEN[place + 1:]
    if changed != TOKEN:
        # the last character of a signature of 43 carries two bits nobody reads; the rest must match
        assert place == len(TOKEN) - 1 or refusal(SECRET, "survey", changed) == "link_wrong"


@given(st.text(max_size=300))
def test_whatever_is_typed_instead_of_a_link_is_wrong_and_no_error(text):
    assert refusal(SECRET, "survey", text) == "link_wrong"


def test_a_link_cannot_be_made_to_last_longer():
    subject, _, signature = TOKEN.split(".")
    later = links.make(SECRET, "survey", subject, NINE + timedelta(days=1)).split(".")[1]
    assert refusal(SECRET, "survey", f"{subject}.{later}.{signature}") == "link_wrong"


def test_a_link_needs_a_secret_and_names_no_person():
    for secret, subject in (("", "Xk3"), (SECRET, ""), (SECRET, "周敏"), (SECRET, "a.b"), (SECRET, "x" * 65)):
        with pytest.raises(ValueError, match="link"):
            links.make(secret, "survey", subject, NINE)


def test_a_link_fits_into_a_text():
    assert len(links.make(SECRET, "survey", "x" * 16, NINE + timedelta(days=60))) <= 70
