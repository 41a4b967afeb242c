"""Every refusal says in both languages why, with everything it names filled in."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

import callcenter
from callcenter.domain import forms, refusals
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Action, State

HOUSE = Path(callcenter.__file__).parent
#: raised under a name worked out at run time: `dispatching.unfit` names why somebody cannot go
COMPUTED = {"unfit": ("not_on_duty", "accused", "wrong_trade", "no_certificate"), "code": ("not_on_duty", "accused", "wrong_trade", "no_certificate")}
#: raised again with what was said the first time
AGAIN = {"no.code", "str(said['refused'])"}


def raises() -> Iterator[tuple[str, str, set[str] | None]]:
    """Where a refusal is made: place, code, and the names it fills in (None: whatever it was given)."""
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Refused" and node.args:
                yield from _made(f"{path.relative_to(HOUSE)}:{node.lineno}", node)


def _made(place: str, node: ast.Call) -> Iterator[tuple[str, str, set[str] | None]]:
    said = None if any(k.arg is None for k in node.keywords) else {str(k.arg) for k in node.keywords} - {"consequences"}
    first = node.args[0]
    if isinstance(first, ast.Constant):
        yield place, first.value, said
    else:
        for code in COMPUTED.get(ast.unparse(first), ()):
            yield place, code, said


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(("place", "code", "said"), list(raises()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_refusal_has_words_in_both_languages_and_fills_them_in(place, code, said):
    assert code in refusals.TEXTS, f"{place} refuses with {code!r}, which has no words"
    for text in refusals.TEXTS[code]:
        assert text.strip()
        assert said is None or placeholders(text) <= said, f"{place} leaves {placeholders(text) - said} of {text!r} empty"


def test_no_refusal_is_made_under_a_name_these_tests_cannot_see():
    unseen = []
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Refused" and node.args:
                name = ast.unparse(node.args[0])
                if not isinstance(node.args[0], ast.Constant) and name not in COMPUTED | dict.fromkeys(AGAIN) and "data.get" not in name:
                    unseen.append(f"{path.relative_to(HOUSE)}:{node.lineno} {name}")
    assert unseen == []


@pytest.mark.parametrize("code", sorted(refusals.TEXTS))
def test_both_languages_of_a_text_name_the_same_things(code):
    zh, en = refusals.TEXTS[code]
    assert placeholders(zh) == placeholders(en)
    assert re.search("[一-鿿]", zh)
    assert not re.search("[一-鿿]", en)


@pytest.mark.parametrize("action", list(Action))
def test_what_is_missing_is_named_in_the_reader_s_language(action):
    must = [f for f in forms.fields_of(action) if f.must]
    if not must:
        forms.check(action, {})
        return
    with pytest.raises(Refused) as refused:
        forms.check(action, {})
    zh, en = refusals.text(refused.value), refusals.text(refused.value, "en")
    assert all(f.zh in zh and f.en in en for f in must)
    assert not re.search("[一-鿿]", en)


def test_words_and_times_in_a_refusal_are_shown_as_people_read_them():
    refused = Refused("not_next", number="JX1", state=State.CALLBACK_DUE, action=Action.DISPATCH)
    assert refusals.text(refused) == "JX1 现在是“待回访”,不能派单"
    assert refusals.text(refused, "en") == "JX1 is “Follow-up due”; Dispatch does not come next"
    late = Refused("refused_late", when=datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    assert "2027-01-01 00:30" in refusals.text(late)
    assert "2027-01-01 00:30" in refusals.text(late, "en")
