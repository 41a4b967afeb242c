"""No word is written into a page past the translations: templates, scripts, styles and Python are read for text in one language alone."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment

from callcenter import resources
from callcenter.web.line.inbound import LAST_WORDS

TEMPLATES = resources.folder("templates")
STATIC = Path(resources.__file__).parent / "static"
CHINESE = re.compile(r"[㐀-鿿][^\s<>{}\"'`]*")
#: full-width signs look foreign between English words; a line to write on is one of paper
WIDE_SIGNS = re.compile(r"[\u3000-\u303f\uff00-\uff3e\uff40-\uffef]")
LATIN = re.compile(r"[A-Za-z]{2,}")
#: names that are the same in every language
NAMES = {"CSV", "Ctrl", "Enter", "Esc", "Excel", "PDF", "SHA", "Twilio"}
#: said as it is: what a customer texts back from the simulated telephone
SAME_FOR_ALL = {"phones/page.html": ["满意"]}
#: names of the functions that translate
TRANSLATING = {"gettext", "lazy_gettext", "ngettext", "lazy_ngettext", "lazy_pgettext"}
#: not words of a page: what people type, formats by language, names, and what is spoken to callers in Chinese alone
NO_WORDS = {"元", "小时", "时", "分钟", "分", "是", "否", "中文", "客户", "物业服务热线", "满意", "不满意", "没有解决", "转人工",
            "系统出错 / Something failed: ", "M月d日 HH:mm", "y年M月d日 HH:mm", "y年M月d日"}
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
        if wrong := CHINESE.findall(said) + WIDE_SIGNS.findall(said) + words:
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
    sentences = {name: re.findall(r"['\"`][A-Z][a-z]+ [a-z]+[^'\"`]*", text) for name, text in code.items()}
    assert {name: said for name, said in sentences.items() if said} == {}


def test_a_style_writes_signs_and_no_words():
    written = {sheet.name: re.findall(r'content: *"([^"]*)"', sheet.read_text()) for sheet in files(STATIC, "css")}
    assert sum(map(len, written.values())) > 10
    assert {name: said for name, said in written.items() if CHINESE.search("".join(said)) or LATIN.search(" ".join(said))} == {}


def unpaired(module: Path) -> Iterator[str]:
    """Chinese of a page's Python that is neither translated nor stands beside its English, as ("部门", "Department") does."""
    tree = ast.parse(module.read_text())
    said = {id(held) for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in TRANSLATING for held in ast.walk(node)}
    said |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        held = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
        said |= {id(one) for one, other in pairwise(held) if _latin(other)}
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
            and CHINESE.search(node.value))


def _name(function: ast.expr) -> str:
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _latin(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(LATIN.search(node.value)) and not CHINESE.search(node.value)


def test_the_python_of_the_pages_says_nothing_past_the_translations():
    modules = files(STATIC.parent / "web", "py")
    assert len(modules) > 50
    found = {str(module.relative_to(STATIC.parent)): wrong for module in modules if (wrong := set(unpaired(module)) - NO_WORDS)}
    assert found == {"web/line/inbound.py": {LAST_WORDS}}
