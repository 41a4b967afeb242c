"""A year of matters, cheap to make and real: some hundred are played, then copied whole by SQL to other times, rooms and people."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from callcenter.domain.vocabulary import TicketType
from callcenter.services import people
from callcenter.services.demo import company as demo_company
from callcenter.services.rulebook import Rulebook
from callcenter.storage import schema
from callcenter.storage.codec import from_ms, to_ms
from callcenter.storage.store import Store
from tests.year import copying, house, rarities, stories
from tests.year.playing import Luck
from tests.year.templates import Template, people_renamed, read

#: the local year 2026, Asia/Shanghai
SINCE, UNTIL = datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)
DAY = 86_400_000
#: matters that began before the year and were decided in it
BEFORE = 10
#: how many contacts come in each local hour: peaks 08–10, 11–12, 18–21, the night from 23 to 06 about a twelfth (DOMAIN.md 17.2)
HOURS = (1.1, .9, .8, .8, .9, 1.4, 3, 5, 9, 9, 6, 8, 5, 4.5, 4.5, 5, 5, 6, 8, 8.5, 7.5, 4, 2.6, 2)
#: heat and rain in summer, few days of February with many bursts
MONTHS = (1.05, 1.15, .95, .9, .95, 1.05, 1.2, 1.15, 1, .95, .9, 1)
SPRING_FESTIVAL = range(45, 54)


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, and how long it took."""

    since: datetime
    until: datetime
    matters: int
    stories: int
    rows: dict[str, int]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The end of the year: what is open then is judged at this moment."""
        return self.until


def company(store: Store) -> None:
    """Today's schema, the demo company with a roster for the whole year, and the rules."""
    schema.create_at_once(store.engine)
    with store.transaction() as session:
        demo_company.load(session, SINCE, UNTIL + timedelta(days=2), people.NO_PASSWORD)
    Rulebook().install(store, SINCE)


def play(seed: int, many: int) -> list[Template]:
    """*many* matters played through the real engine, of every kind, and calls that became no ticket."""
    kinds: list[TicketType | None] = [*stories.SHARES, None, None]
    likely = [max(share, 4) ** .5 for share in stories.SHARES.values()]
    told = kinds + Random(f"{seed} kinds").choices(kinds, [*likely, 2, 2], k=max(0, many - len(kinds)))
    found, luck = [], Luck()
    for n, kind in enumerate(told):
        played = stories.tell(kind, Random(f"{seed} {n}"), luck)
        share = stories.SHARES[kind] if kind else 25
        with played.hotline.store.engine.connect() as connection:
            found.append(read(connection, share / told.count(kind), to_ms(played.now)))
    for which in rarities.ALL:
        played = rarities.tell(which, Random(f"{seed} {which.__name__}"), luck)
        with played.hotline.store.engine.connect() as connection:
            found.append(read(connection, rarities.SHARE, to_ms(played.now)))
    return found


def make(store: Store, matters: int, seed: int = 2026, stories_played: int | None = None) -> Made:
    """
    Fill *store*, which has a company and rules and no ticket, with a year of about *matters* matters; the same seed gives the same year.

    Everything is as the engine wrote it, but moved as a whole. The ledger's hashes are those of what was copied: `doctor` would say so.
    """
    seconds, began = {}, time.perf_counter()
    many = stories_played or max(34, min(320, matters // 190))  # the more matters, the more different ones
    played = [people_renamed(t, turn) for t in play(seed, many) for turn in range(3)]
    seconds["play"], began = time.perf_counter() - began, time.perf_counter()
    copies = list(placed(played, matters, Random(f"{seed} places")))
    with store.engine.begin() as connection:
        rows = copying.copy_all(connection, played, copies)
        copying.finish(connection)
        rows |= house.furnish(connection, SINCE, UNTIL, seed)
    seconds["copy"] = time.perf_counter() - began
    return Made(SINCE, UNTIL, sum(played[c.template].matters for c in copies), many, rows, seconds)


def placed(played: Sequence[Template], matters: int, some: Random) -> Iterator[copying.Copy]:
    """Which matter comes when, until there are *matters*: with the shape of day and year, and some exactly at midnights and ends of months."""
    weights = list(accumulate(t.weight for t in played))
    days = list(accumulate(_weight(day) for day in range(-BEFORE, 365)))
    many = number = 0
    while many < matters:
        which = some.choices(range(len(played)), cum_weights=weights)[0]
        template = played[which]
        shift = _shift(template, days, some)
        if to_ms(UNTIL) < template.until + shift:
            continue
        many += template.matters
        number += 1
        local = from_ms(template.since + shift) + timedelta(hours=8)
        yield copying.Copy(number, which, shift, f"{local:%Y%m%d}", some.randrange(1 << 20))


def _weight(day: int) -> float:
    """How many contacts a day of the year brings."""
    date = SINCE + timedelta(days=day, hours=8)
    return MONTHS[date.month - 1] * (1.3 if day in SPRING_FESTIVAL else 1)


def _shift(template: Template, days: Sequence[float], some: Random) -> int:
    first = to_ms(SINCE)
    if template.is_open and some.random() < .2:
        return to_ms(UNTIL) - template.until - some.randrange(DAY // 4)
    if template.decisive and some.random() < .03:
        day = some.choice([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365, *(some.randrange(366) for _ in range(8))])
        return first + day * DAY + some.choice([-1, 0, 0, 1]) - some.choice(template.decisive)
    day = some.choices(range(-BEFORE, 365), cum_weights=days)[0]
    hour = some.choices(range(24), HOURS)[0]
    return first + day * DAY + hour * 3_600_000 + some.randrange(3_600_000) - template.since

