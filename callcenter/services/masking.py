"""Personal data as strangers to a case may read it: 张**, 138****1234, 梧桐里3栋*** (DOMAIN.md 18.3)."""

import re

from callcenter.services import numbers

#: up to and with the building: 梧桐里3栋
_BUILDING = re.compile(r"^.*?\d+\s*(?:栋|幢|座|号楼)")


def name(text: str | None) -> str:
    """The first character, and two stars whatever the length."""
    text = (text or "").strip()
    return f"{text[0]}**" if text else ""


def phone(text: str | None) -> str:
    return numbers.masked(text)


def place(text: str, home: bool) -> str:
    """A home only to its building; a common part is nobody's secret."""
    if not home:
        return text
    building = _BUILDING.match(text)
    return f"{building[0] if building else text[:3]}***"
