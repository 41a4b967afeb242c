"""Callers in line whose turn has come are fetched by the provider at once; without it they ask by themselves within twenty seconds."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from callcenter.services.hotline import Hotline
from callcenter.services.telephone import offering, waiting_line
from callcenter.telephony.port import NotSent, Phone, Undeliverable, Unsure

log = logging.getLogger(__name__)

#: a caller fetched is on the way for this long before being fetched again
ON_THE_WAY = timedelta(seconds=6)


def call_forward(hotline: Hotline, phone: Phone, now: datetime, before: Mapping[str, datetime]) -> dict[str, datetime]:
    """
    Fetch everybody whose turn it is; returns who is on the way, and since when.

    Args:
        before: what the last look returned.
    """
    on_the_way = {sid: at for sid, at in before.items() if now - at < ON_THE_WAY}
    if not phone.live:
        return {}
    for sid in _whose_turn(hotline, now):
        if sid not in on_the_way:
            on_the_way[sid] = now
            _fetch(phone, sid)
    return on_the_way


def _whose_turn(hotline: Hotline, now: datetime) -> list[str]:
    rule = hotline.rulebook.policy.telephone
    with hotline.store.reading() as session:
        return [call.sid for call in waiting_line.in_order(session) if offering.turn_has_come(session, rule, call, now)]


def _fetch(phone: Phone, sid: str) -> None:
    try:
        phone.redirect(sid, "/twilio/ring")
    except (NotSent, Undeliverable, Unsure) as no:
        log.info("call %s was not fetched from the line and will ask by itself: %s", sid, no)
