"""Chinese first, English complete."""

import os
import re
import stat
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from callcenter import resources
from callcenter.web import languages

CHECKOUT = Path(__file__).resolve().parents[2]
PO = languages.CATALOGUES / "en" / "LC_MESSAGES" / "messages.po"


def spoken() -> dict[str, str]:
    """Every string the pages say (with its context, where it has one) → where it stands."""
    with (languages.CATALOGUES / "babel.cfg").open() as page:
        methods, options = parse_mapping_cfg(page)
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2)}
    found = {}
    for name in ("callcenter/web", "templates"):
        mapping = [(pattern.removeprefix(name + "/"), method) for pattern, method in methods if pattern.startswith(name)]
        for file, line, message, _, context in extract_from_dir(str(CHECKOUT / name), mapping, options, keywords):
            for one in [message] if isinstance(message, str) else message:
                found[_with(context, one)] = f"{name}/{file}:{line}"
    return found


def english() -> dict[str, str]:
    with PO.open("rb") as page:
        return {_with(message.context, message.id): message.string for message in read_po(page, locale="en") if message.id and not message.fuzzy}


def _with(context: str | None, text: str) -> str:
    """As gettext keeps a word that is said otherwise in one place."""
    return f"{context}\x04{text}" if context else text


def test_every_word_on_the_pages_has_its_english():
    known = english()
    assert len(spoken()) > 50
    assert {text: place for text, place in spoken().items() if not known.get(text)} == {}


def test_no_english_is_kept_for_what_no_page_says_any_more():
    assert set(english()) - set(spoken()) == set()


def test_the_placeholders_of_a_translation_are_those_of_its_source():
    def holes(text):
        return sorted(re.findall(r"%\(\w+\)[sd]", text))

    assert {zh: en for zh, en in english().items() if holes(zh) != holes(en)} == {}


def test_no_chinese_was_left_in_the_english():
    assert {zh: en for zh, en in english().items() if re.search(r"[\u3000-\u9fff\uff00-\uffef]", en)} == {}


@pytest.mark.parametrize(
    ("cookie", "wish", "told"),
    [
        ("", "", "zh-CN"), ("", "en-GB,en;q=0.9", "en"), ("", "fr", "zh-CN"), ("", "zh-TW,en;q=0.5", "zh-CN"),
        ("zh", "en", "zh-CN"), ("en", "zh-CN", "en"), ("xx", "en", "en"),
    ],
)  # fmt: skip
def test_the_cookie_decides_then_the_browser_then_chinese(visitor, cookie, wish, told):
    if cookie:
        visitor.client.set_cookie("language", cookie)
    page = visitor.get("/sign-in", headers={"Accept-Language": wish}).get_data(as_text=True)
    assert f'<html lang="{told}">' in page


def test_choosing_a_language_stays_on_the_page(visitor):
    answer = visitor.post("/language/en", {"next": "/sign-in?next=/desk"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/desk")
    assert "Sign in" in visitor.get("/sign-in").get_data(as_text=True)
    assert visitor.post("/language/fr").status_code == 404
    assert visitor.post("/language/zh", {"next": "//evil.example"}).headers["Location"] == "/"


def _copy(folder: Path) -> Path:
    source = folder / "en" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_bytes(PO.read_bytes())
    return source


def test_a_catalogue_is_compiled_when_missing_or_older_and_left_alone_otherwise(tmp_path):
    source = _copy(tmp_path)
    ready = source.with_suffix(".mo")
    assert languages.compiled(tmp_path) == tmp_path
    first = ready.stat().st_ino
    languages.compiled(tmp_path)
    assert ready.stat().st_ino == first
    newer = ready.stat().st_mtime + 10
    os.utime(source, (newer, newer))
    languages.compiled(tmp_path)
    assert ready.stat().st_ino != first
    assert stat.S_IMODE(ready.stat().st_mode) == 0o644


def test_an_installation_that_may_not_be_written_compiles_elsewhere(tmp_path, monkeypatch):
    _copy(tmp_path)
    compile_one = languages._compile

    def refuse_here(source, target):
        if target.is_relative_to(tmp_path):
            raise PermissionError(target)
        compile_one(source, target)

    monkeypatch.setattr(languages, "_compile", refuse_here)
    elsewhere = languages.compiled(tmp_path)
    assert elsewhere != tmp_path
    assert (elsewhere / "en" / "LC_MESSAGES" / "messages.mo").stat().st_size > 1000


def test_templates_are_found():
    assert (resources.folder("templates") / "base.html").is_file()
