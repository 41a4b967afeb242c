"""Telephone numbers: compared as E.164, however they were typed; withheld numbers and short codes are accepted."""

import unicodedata

import phonenumbers

from callcenter.domain.ticket import Refused

#: how providers say that the caller withholds the number
WITHHELD = frozenset({"", "anonymous", "restricted", "unknown", "unavailable", "withheld", "+266696687", "private"})


def comparable(text: str | None) -> str | None:
    """The number as it is compared, or None for a withheld one.

    "+86 138-0000-0000", "013800000000" and full-width digits are the same number; short codes (110, 12345), SIP
    and client addresses are kept as they are.
    """
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.lower() in WITHHELD:
        return None
    if ":" in plain:
        return plain.lower()
    digits = "".join(c for c in plain if c.isdigit())
    if len(digits) == 12 and digits.startswith("01") and digits[2] in "3456789" and not plain.startswith("+"):
        digits, plain = digits[1:], digits[1:]  # a mobile dialled with the trunk 0
    try:
        number = phonenumbers.parse(plain, "CN")
    except phonenumbers.NumberParseException:
        return digits or None
    if not phonenumbers.is_possible_number(number):
        return digits or None
    key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{key};ext={number.extension}" if number.extension else key


def checked(text: str) -> str:
    """*text* if it can be a telephone number.

    Raises:
        Refused: "number_invalid".
    """
    key = comparable(text)
    digits = [c for c in key or "" if c.isdigit()]
    if key is None or not 3 <= len(digits) <= 20:
        raise Refused("number_invalid", number=text[:40])
    return unicodedata.normalize("NFKC", text).strip()


def masked(text: str | None) -> str:
    """138****1234; short codes stay readable."""
    if not text:
        return ""
    plain = text.removeprefix("+86")
    return plain if len(plain) < 7 else f"{plain[:3]}****{plain[-4:]}"
