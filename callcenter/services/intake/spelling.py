"""Chinese words as they are spelled (拼音): in full and by their initials, with every reading of a character."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

#: a word with more readings than this keeps the first ones
MOST = 6
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@lru_cache(maxsize=4096)
def spelled(text: str) -> tuple[str, ...]:
    """王芳 → ("wangfang", "wf"); 单雄 → also "shanxiong" and "sx". Signs that are no characters are left out; no Chinese, nothing."""
    signs = tuple(_CHINESE.findall(text))
    if not signs:
        return ()
    ways = [_readings(sign) for sign in signs]
    full = _some(ways)
    return tuple(dict.fromkeys([*full, *_some([tuple(dict.fromkeys(way[0] for way in held)) for held in ways])]))


def phrases(text: str) -> tuple[str, ...]:
    """The spellings of each part of a heading: 爆管/大量跑水 → baoguan, bg, daliangpaoshui, dlps."""
    return tuple(dict.fromkeys(word for part in re.split(r"[/(),、·]", text) for word in spelled(part)))


def _some(ways: Sequence[Sequence[str]]) -> list[str]:
    """The likeliest combinations: as many readings of each sign as keep the whole within bounds, the first readings first."""
    room, kept = MOST, []
    for held in ways:
        take = held[:max(1, min(len(held), room))]
        room = max(1, room // len(take))
        kept.append(take)
    return ["".join(parts) for parts in product(*kept)][:MOST]


@lru_cache(maxsize=8192)
def _readings(sign: str) -> tuple[str, ...]:
    pinyin, style = _library()
    found = pinyin(sign, style=style, heteronym=True, errors="ignore", v_to_u=False)
    return tuple(dict.fromkeys(way for way in found[0] if way.isascii() and way.isalpha())) if found else (sign,)


@lru_cache(maxsize=1)
def _library():  # type: ignore[no-untyped-def]  # the library's function and one of its styles
    """Loaded with the first word that is spelled. Single characters are all we ask for: its dictionary of phrases, four fifths of its
    memory, stays on disk."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, pinyin

    return pinyin, Style.NORMAL
