"""The supervisors' guide names every word of the vocabularies, with both its names."""

import re
from pathlib import Path

import pytest

from callcenter.domain import telephone, vocabulary

PAGE = (Path(__file__).parents[2] / "workflows" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", re.findall(r"<!-- words: (\w+) -->", PAGE))
def test_the_guide_names_every_word(kind):
    rows = "".join(f"| `{w}` | {w.zh} | {w.en} |\n" for w in getattr(vocabulary, kind, None) or getattr(telephone, kind))
    assert f"<!-- words: {kind} -->\n| 写法 word | 中文 | English |\n|---|---|---|\n{rows}\n" in PAGE + "\n"
