"""Texts kept ready at the desk: for a note or for a customer, with blanks that are filled in from the ticket or the call at hand."""

import re
from collections.abc import Mapping

from callcenter.domain.forms import Field
from callcenter.domain.vocabulary import Word

#: the longest title and the longest text
LONGEST_TITLE, LONGEST_BODY = 40, 500


class MacroBook(Word):
    """The code is the kind of its chain in the ledger."""

    MACRO = "macro", "常用语", "Ready text"


class MacroKind(Word):
    """Where it is offered."""

    NOTE = "note", "备注", "Note"
    REPLY = "reply", "回复客户", "Reply to a customer"


class Blank(Word):
    """What can stand in braces, by either of its names: {编号} or {number}."""

    NUMBER = "number", "编号", "number"
    OWNER = "owner", "责任人", "owner"
    PROMISE = "promise", "承诺时间", "promise"
    ARRIVAL = "arrival", "到场时间", "arrival"
    RESIDENT = "resident", "客户姓名", "resident"
    PLACE = "place", "地点", "place"
    ME = "me", "我的姓名", "me"
    COMPANY = "company", "公司", "company"


TITLE = Field("title", "名称", "Name", "line", must=True)
KIND = Field("kind", "用在哪里", "Used in", MacroKind, must=True)
BODY = Field("body", "内容", "Text", "text", must=True)
POSITION = Field("position", "顺序", "Order", "number")
FIELDS = (TITLE, KIND, BODY, POSITION)

_BRACES = re.compile(r"[{｛]\s*([^{}｛｝]*?)\s*[}｝]")
_BY_NAME: Mapping[str, Blank] = {name.lower(): b for b in Blank for name in (b.value, b.zh, b.en)}


def blanks(body: str) -> list[Blank]:
    """The blanks in a text, each once, in their order."""
    named = (_BY_NAME.get(name.lower()) for name in _BRACES.findall(body))
    return list(dict.fromkeys(b for b in named if b is not None))


def unknown(body: str) -> list[str]:
    """What stands in braces and is no blank."""
    return [name for name in dict.fromkeys(_BRACES.findall(body)) if name.lower() not in _BY_NAME]


def filled(body: str, values: Mapping[Blank, str]) -> tuple[str, list[Blank]]:
    """The text with its blanks filled in, and those there was nothing to fill in for: such a text is not to be used."""
    missing = [b for b in blanks(body) if not values.get(b)]

    def put(found: re.Match[str]) -> str:
        blank = _BY_NAME.get(found[1].lower())
        return values.get(blank) or found[0] if blank else found[0]

    return _BRACES.sub(put, body), missing
