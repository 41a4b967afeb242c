"""The hotline's figures and an independent recount of the raw rows agree, over the year, its months, and periods with edges at every millisecond."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from callcenter.services import figures
from callcenter.storage.codec import to_ms
from tests.year import generate, recount, rows

MONTHS = [datetime.fromisoformat(f"2026-{m:02d}-01T00:00+08:00") for m in range(1, 13)] + [datetime.fromisoformat("2027-01-01T00:00+08:00")]
#: a figure over twelve months whatever the period, and what it is shared by
ROLLING = {"K18"}


@pytest.fixture(scope="module")
def cases(year):
    """Every figure's cases, counted once from the raw rows."""
    hotline, made = year
    with hotline.store.engine.connect() as connection:
        found = rows.read(connection, to_ms(made.now))
    return {code: list(of(found)) for code, of in recount.FIGURES.items()} | {"households": found.households}


def periods():
    """The months, random stretches, and stretches that begin at a local midnight or a millisecond beside it."""
    some = Random("periods")
    yield from pairwise(MONTHS)
    for n in range(20):
        since = generate.SINCE + timedelta(milliseconds=some.randrange(360 * 86_400_000))
        yield since, since + timedelta(milliseconds=some.randrange(1, (3, 20, 120)[n % 3] * 86_400_000))
    for beside in (-1, 0, 1):
        since = generate.SINCE + timedelta(days=120, milliseconds=beside)
        yield since, since + timedelta(days=1)


def test_every_figure_agrees_over_the_whole_year(year, cases):
    assert list(differing(*year, cases, year[1].since, year[1].until)) == []


def test_every_figure_agrees_over_months_random_periods_and_midnights(year, cases):
    assert [d for since, until in periods() for d in differing(*year, cases, since, until)] == []


def test_what_is_counted_is_enough_to_be_worth_comparing(cases):
    """Every figure has hits and misses among its cases, and several have cases set apart."""
    marks = {code: Counter(c.mark for c in found) for code, found in cases.items() if code != "households"}
    assert [code for code, found in marks.items() if not found[recount.HIT]] == []
    assert marks["K04"][recount.EXCLUDED]


@pytest.mark.parametrize("code", ["K04", "K16", "K20"])
def test_a_list_holds_exactly_the_cases_recounted(year, cases, code):
    hotline, made = year
    since, until = MONTHS[5], MONTHS[6]
    with hotline.store.reading() as session:
        listed = [c for part in ("denominator", "excluded")
                  for c in figures.members(hotline, session, code, made.now, since, until, part, page=None).cases]
    own = [(c.at, c.mark) for c in cases[code] if to_ms(since) <= c.at < to_ms(until)]
    assert Counter((c.at, c.mark.value) for c in listed) == Counter(own)


def test_the_parts_of_a_figure_add_up_to_it(year, cases):
    hotline, made = year
    with hotline.store.reading() as session:
        parts = [part for _, part in figures.broken_down(hotline, session, "K04", "type", made.now, made.since, made.until)]
    added = tuple(sum(getattr(p, name) for p in parts) for name in ("numerator", "denominator", "excluded"))
    assert added == recount.count(cases["K04"], to_ms(made.since), to_ms(made.until))


def differing(hotline, made, cases, since, until):
    """Where the hotline's figure and the recount's are not the same: the figure, the period, both."""
    with hotline.store.reading() as session:
        shown = {f.code: f for f in figures.all_figures(hotline, session, made.now, since, until)}
    for code, found in cases.items():
        if code in shown:
            own = counted(code, found, cases["households"], since, until)
            theirs = (shown[code].numerator, shown[code].denominator, shown[code].excluded)
            if own != theirs:
                yield f"{code} {since:%F %T.%f} – {until:%F %T.%f}: {theirs}, recounted {own}"


def counted(code, found, households, since, until):
    if code in ROLLING:
        return recount.count(found, to_ms(_year_before(until)), to_ms(until))[0], households, 0
    if code == "K33":  # whole hours within the period
        return recount.count(found, to_ms(since), to_ms(until) - recount.HOUR + 1)
    return recount.count(found, to_ms(since), to_ms(until))


def _year_before(moment):
    """The same local time twelve months earlier."""
    local = moment.astimezone(MONTHS[0].tzinfo)
    return local.replace(year=local.year - 1)
