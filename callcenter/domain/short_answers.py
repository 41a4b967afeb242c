"""What a customer's short answer to "were you satisfied?" means: 1, 2, 3 or the words themselves; all else is for a person to read (CB8)."""

import re
import unicodedata

from callcenter.domain.vocabulary import CONTENT, Satisfaction

_DIGITS = {"1": Satisfaction.SATISFIED, "2": Satisfaction.FAIRLY, "3": Satisfaction.DISSATISFIED}
_WORDS = {s.zh: s for s in Satisfaction} | {s.en.lower(): s for s in Satisfaction} | {s.value: s for s in Satisfaction}
_POLITE = frozenset({"", "谢谢", "谢谢你", "谢谢您", "谢谢你们", "好", "好的", "thanks", "thank you", "ok"})
_NUMBERED = re.compile(r"([123])([\s,、.。:;!~-]*)(.*)", re.DOTALL)


def understood(text: str) -> Satisfaction | None:
    """
    The answer in *text*, however wide its characters are, or None when it is not clear.

    A number that merely begins a sentence ("1号楼还在漏", "12") is no answer; a reason after a 3 and a mark or blank is.
    """
    plain = unicodedata.normalize("NFKC", text).strip().rstrip("。.!~ ").lower()
    if plain in _WORDS:
        return _WORDS[plain]
    numbered = _NUMBERED.fullmatch(plain)
    if numbered is None:
        return None
    said, mark, rest = _DIGITS[numbered[1]], numbered[2], numbered[3].strip()
    word = _WORDS.get(rest)
    if word is not None:
        return word if (word in CONTENT) == (said in CONTENT) else None
    return said if rest in _POLITE or (said not in CONTENT and mark) else None
