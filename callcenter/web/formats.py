"""How moments, lengths, names and numbers are written on a page; the filters and globals of every template."""

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Flask, current_app
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.registers import Relation, RoomState
from callcenter.domain.vocabulary import Disposition, Word
from callcenter.web.languages import language

#: A promise is "due soon" in its last minute, unless the page says otherwise.
DUE_SOON = timedelta(seconds=60)

_PATTERNS = {"zh": ("M月d日 HH:mm", "y年M月d日 HH:mm", "y年M月d日"), "en": ("d MMM HH:mm", "d MMM y, HH:mm", "d MMM y")}


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(current_app.config["TIME_ZONE"]))


def _told(at: datetime, pattern: str) -> str:
    return str(format_datetime(_local(at), pattern, tzinfo=None, locale=language()))


def moment(at: datetime | None) -> str:
    """Day and minute in the company's time zone; the year only when it is not this one. A dash for nothing."""
    if at is None:
        return "—"
    short, long, _ = _PATTERNS[language()]
    return _told(at, short if _local(at).year == _local(clock.now()).year else long)


def day(at: datetime | None) -> str:
    """The calendar day in the company's time zone."""
    return "—" if at is None else _told(at, _PATTERNS[language()][2])


def date_of(at: datetime) -> str:
    """A moment's day, as an input of type date and an address have it."""
    return _local(at).date().isoformat()


def clock_time(at: datetime | None) -> str:
    """Hours, minutes and seconds: what a promise counted in minutes is read by."""
    return "—" if at is None else _told(at, "HH:mm:ss")


def length(span: timedelta | float) -> str:
    """A length of time in its two largest units: 1 天 2 小时, 3 分钟, 45 秒. Seconds are cut, never rounded up."""
    seconds = int(abs(span.total_seconds() if isinstance(span, timedelta) else span))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    units = [
        (days, gettext("%(n)s 天", n=days)),
        (hours, gettext("%(n)s 小时", n=hours)),
        (minutes, gettext("%(n)s 分钟", n=minutes)),
        (seconds, gettext("%(n)s 秒", n=seconds)),
    ]
    first = next((place for place, (amount, _) in enumerate(units) if amount), 3)
    return " ".join(text for amount, text in units[first : first + 2] if amount) or units[3][1]


def ago(at: datetime | None) -> str:
    """How long since, or until, by the server's clock."""
    if at is None:
        return "—"
    passed = clock.now() - at
    if abs(passed) < timedelta(seconds=5):
        return str(gettext("刚刚"))
    if passed < timedelta():
        return str(gettext("%(length)s后", length=length(passed)))
    return str(gettext("%(length)s前", length=length(passed)))


def phone(number: str | None) -> str:
    """138****1234: enough to recognise a caller, too little to ring them. Short service numbers stay whole."""
    number = (number or "").strip()
    if not number:
        return "—"
    plain = number.removeprefix("+86")
    if len(plain) < 7:
        return plain
    return f"{plain[:3]}****{plain[-4:]}" if len(plain) >= 9 else f"{plain[:2]}****{plain[-2:]}"


def masked_name(name: str | None) -> str:
    """张**: the first character only, and the same two stars whatever the length."""
    name = (name or "").strip()
    return f"{name[0]}**" if name else "—"


def countdown_look(due_at: datetime, now: datetime, soon: timedelta = DUE_SOON) -> str:
    """`late` after the due moment, `soon` in the last stretch, else `running`: as rules judge, 3:00.000 is not yet late."""
    if now > due_at:
        return "late"
    return "soon" if due_at - now <= soon else "running"


def countdown_digits(span: timedelta) -> str:
    """2:57:37, 14:05, 0:17; from two days on in days. A running second counts whole, so 0:00 is the due moment itself."""
    seconds = -int(-span.total_seconds() // 1) if span > timedelta() else int(-span.total_seconds())
    if seconds >= 2 * 86400:
        return length(seconds)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def server_now() -> str:
    """The server's moment for the countdowns of a page, ISO 8601 with milliseconds."""
    return clock.now().isoformat(timespec="milliseconds")


def iso(at: datetime) -> str:
    """A moment as machines read it, UTC with milliseconds."""
    return at.isoformat(timespec="milliseconds")


def word(item: Word) -> str:
    """A word of the domain vocabulary in the page's language."""
    return item.label(language())


def disposition(text: str) -> str:
    """What was written down about a call: a usual answer in the page's language, the agent's own words as they are."""
    return Disposition.words(text, language())


def relation(text: str) -> str:
    """Who somebody is to a room, in the page's language; what is none of the archive's words as it was typed."""
    return Relation(text).label(language()) if text in set(Relation) else text


def room_state(text: str) -> str:
    """What becomes of a room, in the same way."""
    return RoomState(text).label(language()) if text in set(RoomState) else text


def fresh_key() -> str:
    """A new idempotency key for a form: sent twice, it is carried out once."""
    return secrets.token_urlsafe(18)


def init_formats(app: Flask) -> None:
    """Makes everything above available to the templates; `length` is called `lasting` there, since Jinja has a `length`."""
    app.jinja_env.filters.update(
        turn_date=date_of,
        moment=moment,
        day=day,
        clock=clock_time,
        lasting=length,
        ago=ago,
        phone=phone,
        masked_name=masked_name,
        iso=iso,
        word=word,
        disposition=disposition,
        relation=relation,
    )
    app.jinja_env.globals.update(
        server_now=server_now,
        now=clock.now,
        fresh_key=fresh_key,
        countdown_look=countdown_look,
        countdown_digits=countdown_digits,
        DUE_SOON=DUE_SOON,
    )
