"""Reads the section [telephone] of hotline.toml."""

import re
from collections.abc import Iterator

from callcenter.domain.policy import MenuKey, Telephone
from callcenter.domain.reading import Table
from callcenter.domain.telephone import Strategy

LANGUAGES = ("zh", "en")


def read_telephone(table: Table) -> Telephone:
    """
    The rules of the telephone.

    Raises:
        PolicyError: names file, line and the valid choices.
    """
    rule = Telephone(
        strategy=table.word("strategy", Strategy), sticky=table.flag("sticky"), ring_for=table.length("ring_for"),
        ring_all_after=table.length("ring_all_after"), missed_limit=table.whole("missed_limit", 1), wrap_up=table.length("wrap_up"),
        announce_every=table.length("announce_every"), offer_return_after=table.length("offer_return_after"),
        voicemail_after=table.length("voicemail_after"), longest_wait=table.length("longest_wait"),
        most_waiting=table.whole("most_waiting", 1), record=table.flag("record"), menu=tuple(_menu(table)),
        emergency_numbers=tuple(_numbers(table)))
    if rule.ring_for > rule.ring_all_after:
        raise table.error("ring_for", "比全体振铃还晚 (later than ring_all_after)")
    if rule.longest_wait < rule.voicemail_after:
        raise table.error("longest_wait", "比可以留言还早 (earlier than voicemail_after)")
    table.done()
    return rule


def _menu(table: Table) -> Iterator[MenuKey]:
    taken: set[str] = set()
    for row in table.tables("menu", []):
        key = row.string("key")
        if not re.fullmatch(r"[0-9]", key) or key in taken:
            raise row.error("key", f"{key!r} 应是没有用过的一位数字 (one digit, used once)")
        taken.add(key)
        language = row.string("language", "") or None
        if language not in (None, *LANGUAGES):
            raise row.error("language", f"{language!r} 不可用;可用 (valid): {', '.join(LANGUAGES)}")
        yield MenuKey(key, row.pair("words"), language, row.flag("emergency"))
        row.done()


def _numbers(table: Table) -> Iterator[str]:
    for number in table.get("emergency_numbers", list, []):
        if not re.fullmatch(r"\d{3,5}", str(number)):
            raise table.error("emergency_numbers", f"{number!r} 应是三至五位短号 (a short number of 3–5 digits)")
        yield str(number)
