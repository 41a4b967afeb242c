"""Proof of having arrived: the customer's code, the code on the door, a position, or none with a reason (DOMAIN.md 3.3 T06, 20)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import asin, cos, radians, sin, sqrt
from typing import Any

from callcenter.domain.fields import Field
from callcenter.domain.ticket import Act, Effect, Refused, Set, Tell
from callcenter.domain.vocabulary import Role, Word

#: wrong codes in one cycle; then the code no longer counts and another proof is needed
TRIES = 5
#: farther from the compound's middle than this is worth a look, where nobody set another distance
FAR_METRES = 500
_POSITION = re.compile(r"(-?\d{1,2}(?:\.\d{1,8})?),\s?(-?\d{1,3}(?:\.\d{1,8})?)(?:\s?±\s?(\d{1,6}))?")


class ArrivalProof(Word):
    """How it is known that somebody is there."""

    CODE = "code", "客户到场码", "Customer's code"
    SCAN = "scan", "门牌码", "Code on the door"
    POSITION = "position", "定位", "Position"
    NONE = "none", "无凭证", "None"


FIELDS = (
    Field("proof", "到场凭证", "Proof of arrival", ArrivalProof), Field("code", "到场码或门牌码", "Code"),
    Field("position", "位置(纬度,经度 ±米)", "Position (latitude, longitude ±m)"))


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of the place for checking an arrival."""

    code: str | None = None  #: told to the customer; None: they cannot be told
    doors: frozenset[str] = frozenset()  #: the codes on the doors that lead there
    middle: tuple[float, float] | None = None  #: latitude and longitude of the compound
    far: int = FAR_METRES


def code_of(secret: str, cycle: int) -> str:
    """The customer's four digits: the same for a ticket and cycle, known to nobody who does not hold the *secret*."""
    return f"{int.from_bytes(sha256(f'arrival:{secret}:{cycle}'.encode()).digest()[:8]) % 10_000:04d}"


def check(act: Act, site: Site, cycle: int, tried: Any) -> tuple[dict[str, Any], list[Effect]]:
    """
    What the record says of the proof, and whom it concerns.

    Raises:
        Refused: the code is wrong (counted), used up or unknown, or the proof named was not given.
    """
    proof = act.get("proof")
    if proof is None:
        return {}, []
    record: dict[str, Any] = {"proof": proof, "proof_reason": act.get("reason")}
    if proof == ArrivalProof.CODE:
        _right_code(_given(act, "code"), site, cycle, tried)
    elif proof == ArrivalProof.SCAN and tidy(_given(act, "code")) not in site.doors:
        raise Refused("wrong_door")
    elif proof == ArrivalProof.POSITION:
        return _placed(act, site, record)
    elif proof == ArrivalProof.NONE:
        return record, [_unproven(act, _given(act, "reason"))]
    return record, []


def _given(act: Act, name: str) -> str:
    value = str(act.get(name) or "").strip()
    if not value:
        raise Refused("proof_missing", proof=ArrivalProof(act.get("proof")))
    return value


def _right_code(typed: str, site: Site, cycle: int, tried: Any) -> None:
    wrong = wrong_tries(tried, cycle)
    if site.code is None:
        raise Refused("no_code")
    if wrong >= TRIES:
        raise Refused("code_used_up", tries=TRIES)
    if typed != site.code:
        raise Refused("wrong_code", consequences=(Set({"code_tries": {"cycle": cycle, "wrong": wrong + 1}}),), left=TRIES - wrong - 1)


def wrong_tries(tried: Any, cycle: int) -> int:
    """How many wrong codes were tried in this cycle."""
    return int(tried["wrong"]) if isinstance(tried, Mapping) and tried.get("cycle") == cycle else 0


def tidy(text: str) -> str:
    """The code of a door as it was scanned or typed: of an address its last part, capitals, no spaces."""
    return re.sub(r"[^0-9A-Z]", "", text.strip().rstrip("/").rpartition("/")[2].upper())


def _placed(act: Act, site: Site, record: dict[str, Any]) -> tuple[dict[str, Any], list[Effect]]:
    """A position is stored as given; far from the compound it is no proof, and somebody looks at it."""
    here = position(_given(act, "position"))
    record["position"] = act.get("position")
    if site.middle is None:
        return record, []
    away = metres(here[:2], site.middle)
    record["distance"] = round(away)
    return record, [_unproven(act, f"{round(away)} m")] if away - here[2] > site.far else []


def position(text: str) -> tuple[float, float, float]:
    """Latitude, longitude and how exact, in metres.

    Raises:
        Refused: "bad_position".
    """
    found = _POSITION.fullmatch(text.strip())
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise Refused("bad_position")
    return float(found[1]), float(found[2]), float(found[3] or 0)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance along the ground."""
    (a, b), (c, d) = ((radians(x), radians(y)) for x, y in (one, other))
    return 2 * 6_371_000 * asin(sqrt(sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2))


def _unproven(act: Act, reason: str) -> Tell:
    return Tell("arrival_unproven", (Role.DISPATCHER,), said={"text": reason})
