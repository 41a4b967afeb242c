"""When a form was filled in on a telephone without network: its own clock, set right by what it was last found to be off by."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from flask import abort

from callcenter.domain.device_time import Device

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: no clock in use is wrong by more than a century
_MOST = 4_000_000_000_000


def device_of(form: Mapping[str, str]) -> Device | None:
    """The device's time sent with a form (`device_at`, milliseconds; `device_offset`, what to add; `device_offline`), if any was.

    Whether it may be believed is the rule's to say (domain/device_time.py). What is no number is answered with 400.
    """
    if not form.get("device_at"):
        return None
    at = _whole(form.get("device_at", "")) + _whole(form.get("device_offset") or "0")
    return Device(_EPOCH + timedelta(milliseconds=at), form.get("device_offline") == "1")


def _whole(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 13 or int(digits) > _MOST:
        abort(400)
    return int(text)
