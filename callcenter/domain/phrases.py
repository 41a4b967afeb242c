"""Words a customer must never hear from us (R074, F23): which they are, what only looks like them, and where they stand.

Found is a phrase wherever it stands, spaces inside it or not, unless one of its innocent longer forms covers it or it is
quoted (“…”, 「…」: somebody else's words). 「请稍等一会儿」 is tolerated: it asks, and S4's own wording is 「请稍候」; 「等一会」 alone
puts somebody off. The longest phrase counts, so 「没办法解决」 is not also 「没办法」.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.domain.vocabulary import Action

#: phrase → longer forms that hold it and mean no harm
FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    "我们不管": ("我们不管多", "我们不管是", "我们不管什么", "我们不管白天", "我们不管何时"),
    "我不管": ("我不管多", "我不管是", "我不管什么"),
    "跟我们没关系": (),
    "没办法解决": (),
    "没办法": ("有没办法", "想没办法"),
    "随便": ("不随便", "不要随便", "不能随便", "不得随便", "请勿随便", "勿随便", "禁止随便", "随便停", "随便扔", "随便乱"),
    "不清楚": ("听不清楚", "看不清楚", "说不清楚", "讲不清楚", "不清楚的地方", "不清楚请", "不清楚可", "如不清楚"),
    "不知道": ("知不知道", "不知道您", "不知道的地方", "您不知道"),
    "等一会": ("稍等一会",),
    "没时间": ("您没时间", "没时间限制", "若没时间", "如果没时间", "如没时间"),
    "不行": ("不行动", "不行走", "不行驶", "不行人", "行不行", "步不行", "腿不行", "脚不行", "腿脚不行", "身体不行", "眼睛不行"),
}
#: heard on the telephone, and marked down in a review of the call (R075)
SPOKEN = ("喂", "哪里", "找谁", "什么事", "不在", "你是谁", "干什么的")

#: the acts whose words reach the customer, and in which of their fields
CUSTOMER_READS: Mapping[Action, tuple[str, ...]] = {
    Action.REPLY: ("text",), Action.ANSWER_INQUIRY: ("answer",), Action.CLOSE_UNSATISFIED: ("letter",),
    Action.DECLARE_INCIDENT: ("announcement",), Action.RECORD_CONSENT: ("explanation",),
    Action.COMPLETE: ("result",), Action.RESTORE: ("note",),
}
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase and where it begins in the text as it was written."""

    phrase: str
    at: int


def find(text: str | None) -> list[Hit]:
    """Every forbidden phrase of *text*, in order; a place counts once, for the longest phrase that stands there."""
    if not text:
        return []
    bare, places = _bare(_without_quotes(text))
    hits: list[Hit] = []
    taken = -1
    for start in range(len(bare)):
        phrase = next((p for p in _LONGEST_FIRST if bare.startswith(p, start)), None)
        if phrase and start > taken and not _innocent(bare, phrase, start):
            hits.append(Hit(phrase, places[start]))
            taken = start + len(phrase) - 1
    return hits


def phrases(text: str | None) -> list[str]:
    """The phrases found, each once, in the order of the text."""
    return list(dict.fromkeys(hit.phrase for hit in find(text)))


_LONGEST_FIRST = sorted(FORBIDDEN, key=len, reverse=True)


def _without_quotes(text: str) -> str:
    return _QUOTED.sub(lambda quoted: "\n" * len(quoted[0]), text)


def _bare(text: str) -> tuple[str, list[int]]:
    """The text without spaces inside a line and in one width, with the place of every character; a line's end parts words."""
    kept = [(unicodedata.normalize("NFKC", c), n) for n, c in enumerate(text) if c == "\n" or not c.isspace()]
    bare = [(one, n) for c, n in kept for one in c]
    return "".join(c for c, _ in bare), [n for _, n in bare]


def _innocent(bare: str, phrase: str, start: int) -> bool:
    """Whether a longer, harmless form covers the phrase here."""
    return any(bare.startswith(form, start - offset)
               for form in FORBIDDEN[phrase] for offset in _offsets(form, phrase) if start >= offset)


def _offsets(form: str, phrase: str) -> list[int]:
    return [n for n in range(len(form) - len(phrase) + 1) if form.startswith(phrase, n)]
