"""No word is written into a page past the translations: templates and scripts are read for text that has no other language."""

import re
from pathlib import Path

from jinja2 import Environment

from callcenter import resources

TEMPLATES = resources.folder("templates")
STATIC = Path(resources.__file__).parent / "static"
CHINESE = re.compile(r"[㐀-鿿][^\s<>{}\"'`]*")
LATIN = re.compile(r"[A-Za-z]{2,}")
#: names that are the same in every language
NAMES = {"CSV", "Ctrl", "Enter", "Esc", "Excel", "PDF", "SHA", "Twilio"}
#: said as it is: what a customer texts back from the simulated telephone
SAME_FOR_ALL = {"phones/page.html": ["满意"]}
#: attributes a person reads or hears
SPOKEN = re.compile(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"]*)\"")


def files(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.rglob(f"*.{ending}"))


def outside(template: Path) -> str:
    """What the template says by itself: no comment, no statement, no expression."""
    tokens = Environment().lex(template.read_text())
    inside, said = 0, []
    for _, kind, text in tokens:
        if kind in {"variable_begin", "block_begin"}:
            inside += 1
        elif kind in {"variable_end", "block_end"}:
            inside -= 1
            said.append("\0")
        elif kind == "data" and not inside:
            said.append(text)
    return "".join(said)


def test_the_templates_say_nothing_past_the_translations():
    found = {}
    for template in files(TEMPLATES, "html"):
        said = outside(template)
        shown = re.sub(r"<[^>]*>", " ", re.sub(r"<(code|style|script)\b.*?</\1>", " ", said, flags=re.S)) + " ".join(SPOKEN.findall(said))
        words = [word for word in LATIN.findall(re.sub(r"\S*\0\S*|&\w+;", " ", shown)) if word not in NAMES]
        if wrong := CHINESE.findall(said) + words:
            found[str(template.relative_to(TEMPLATES))] = wrong
    assert found == SAME_FOR_ALL


def test_no_chinese_hides_in_an_expression_of_a_template():
    """What stands between quotes inside {{ }} and {% %} is a key of the house or goes through _()."""
    hidden, asked = {}, 0
    for template in files(TEMPLATES, "html"):
        tokens = [(kind, text) for _, kind, text in Environment().lex(template.read_text()) if kind != "whitespace"]
        for place, (kind, text) in enumerate(tokens):
            if kind == "string" and CHINESE.search(text):
                asked += 1
                if [t for _, t in tokens[max(0, place - 2):place]] not in (["_", "("], ["gettext", "("]):
                    hidden.setdefault(str(template.relative_to(TEMPLATES)), []).append(text)
    assert asked > 500
    assert hidden == {}


def test_a_script_takes_its_words_from_the_page():
    code = {script.name: re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", script.read_text(), flags=re.S) for script in files(STATIC, "js")}
    assert {name: said for name, text in code.items() if (said := CHINESE.findall(text))} == {}
