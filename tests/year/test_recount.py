"""The hotline's figures and an independent recount of the raw rows agree, over the year, its months, and periods with edges at every millisecond."""

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from callcenter.domain.figures.standing import CODES as STOCK
from callcenter.services import figures
from callcenter.services.figures import daily
from callcenter.storage.codec import from_ms, to_ms
from tests.year import generate, recount, recount_calls, recount_house, rows

MONTHS = [datetime.fromisoformat(f"2026-{m:02d}-01T00:00+08:00") for m in range(1, 13)] + [datetime.fromisoformat("2027-01-01T00:00+08:00")]
DAY = 86_400_000
JUNE = MONTHS[5], MONTHS[6]
#: figures over twelve months whatever the period, and what they are shared by
ROLLING = ("K18", "K18b")
#: figures whose cases are calls, and those whose cases are matters
CALLS, MATTERS = ("K01", "K01b", "K02", "K03", "K28", "K29", "K29b"), ("K10", "K20")
#: broken down by everything; some of each kind
BROKEN_DOWN = ("K04", "K06", "K09", "K12", "K16", "K21", "K25", "K34", "K38")
EVERY = (*recount.FIGURES, *recount.OF_PERIOD)
#: what these two count stands in `recount` with the rest
COUNTED_BY = recount_calls, recount_house


class Recounted:
    """Every figure's cases, counted once from the raw rows."""

    def __init__(self, found):
        self.rows, self.cases = found, {code: list(of(found)) for code, of in recount.FIGURES.items()}
        self.sid = {c.id: c.sid for c in found.call}

    def within(self, code, since, until):
        """The cases of a figure that belong to a period."""
        since, until = to_ms(_year_before(until) if code in ROLLING else since), to_ms(until)
        if code in recount.OF_PERIOD:
            return list(recount.OF_PERIOD[code](self.rows, since, until))
        until -= (recount.HOUR - 1) * (code == "K33")  # whole hours within the period
        return [c for c in self.cases[code] if since <= c.at < until]

    def counted(self, code, since, until):
        """Numerator, denominator and excluded."""
        found = recount.count(code, self.within(code, since, until))
        if code == "K18b":
            first, last = to_ms(_year_before(until)), to_ms(until)
            return found[0], sum(first <= t.received_at < last for t in self.rows.counted()), 0
        return (found[0], self.rows.households, 0) if code == "K18" else found

    def about(self, code, case):
        """The name of what a case is about, as the lists of the hotline have it; none of what has no row of its own."""
        if code in CALLS:
            return self.sid[case.about]
        if code in MATTERS:
            return next(t.number for t in self.rows.of_matter[case.about] if self.rows.leads(t))
        return self.rows.ticket[case.about].number if case.about else ""


@pytest.fixture(scope="module")
def again(year):
    hotline, made = year
    with hotline.store.engine.connect() as connection:
        return Recounted(rows.read(connection, to_ms(made.now)))


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


def test_every_figure_agrees_over_the_whole_year(year, again):
    assert list(differing(*year, again, year[1].since, year[1].until, EVERY)) == []


def test_every_figure_agrees_over_months_random_periods_and_midnights(year, again):
    assert [d for since, until in periods() for d in differing(*year, again, since, min(until, year[1].until), tuple(recount.FIGURES))] == []


def test_how_things_stood_at_the_end_of_a_period_agrees_too(year, again):
    some = [*list(periods())[:12:3], *list(periods())[12:34:7]]
    assert [d for since, until in some for d in differing(*year, again, since, min(until, year[1].until), tuple(recount.OF_PERIOD))] == []


def test_the_backlog_of_any_moment_is_what_it_was_then_with_the_due_times_of_then(year, again):
    """In the middle of past days, by the sums and by the rows; among them moments at which something was overdue that was put off later."""
    hotline, made = year
    daily.refresh(hotline, made.now, pieces=1000)
    some = Random("moments")
    put_off = [(p.first_due_at, to) for found in again.rows.promise.values() for p in found if p.clock == "completion"
               for at, does, to in again.rows.moved.get(p.ticket_id, ()) if does == "move" and at > p.first_due_at + DAY]
    moments = [*(from_ms(due + DAY + some.randrange(3_600_000)) for due, _ in some.sample(put_off, 4)),
               *(generate.SINCE + timedelta(milliseconds=some.randrange(360 * DAY)) for _ in range(6))]
    found = []
    for moment in moments:
        for where in ({}, {"compound": "WTL"}):
            with hotline.store.reading() as session:
                summed, counted = ([_sides(f)[0] for f in figures.all_figures(
                    hotline, session, made.now, None, moment, where, codes=STOCK, listed=listed)] for listed in (False, True))
            own = [sum(c.mark == recount.HIT and where.get("compound") in (None, again.rows.ticket[c.about].compound)
                       for c in again.within(code, moment, moment)) for code in STOCK]
            assert summed == counted == own, (moment, where)
            found.append(own)
    assert all(map(sum, zip(*found, strict=True)))


def test_the_ledger_tells_how_every_due_time_came_to_be(year, again):
    """Nothing moved a promise of completion without an act that says so."""
    completions = [p for found in again.rows.promise.values() for p in found if p.clock == "completion"]
    assert sum(p.due_at != p.first_due_at for p in completions) > 50
    assert [p.id for p in completions if recount_house.due_then(again.rows, p.ticket_id, p, again.rows.now + 1)[0] != p.due_at] == []


def test_what_is_counted_is_enough_to_be_worth_comparing(year, again):
    """Every figure has hits among its cases, and several have cases set apart."""
    marks = {code: Counter(c.mark for c in again.within(code, year[1].since, year[1].until)) for code in EVERY}
    assert [code for code, found in marks.items() if not found[recount.HIT]] == []
    assert [code for code in ("K01", "K04", "K04b", "K24", "K28", "K34") if not marks[code][recount.EXCLUDED]] == []


def test_every_list_holds_exactly_the_cases_recounted(year, again):
    hotline, made = year
    with hotline.store.reading() as session:
        for code in EVERY:
            own = [(c.at, c.mark, again.about(code, c)) for c in again.within(code, *JUNE)]
            apart = any(mark == recount.EXCLUDED for _, mark, _ in own)  # as many as the figure says, see above
            listed = [c for part in (("denominator", "excluded") if apart else ("denominator",))
                      for c in figures.members(hotline, session, code, made.now, *JUNE, part, page=None).cases]
            named = {about for _, _, about in own if about}
            assert Counter((c.at, c.mark.value, c.of if named else "") for c in listed) == Counter(own), code


@pytest.mark.parametrize("by", ["compound", "type", "technician", "hour", "accused"])
def test_the_parts_of_a_figure_are_those_recounted_and_add_up_to_it(year, again, by):
    hotline, made = year
    with hotline.store.reading() as session:
        for code in BROKEN_DOWN:
            parts = {value: _sides(figure) for value, figure in figures.broken_down(hotline, session, code, by, made.now, *JUNE)}
            assert tuple(map(sum, zip(*parts.values(), strict=True))) == again.counted(code, *JUNE), (code, by)
            if by != "technician":
                assert parts == _grouped(again, code, by), (code, by)


def _grouped(again, code, by):
    """The recounted cases by a column of their tickets, the local hour in which those came in, or whom a complaint is about."""
    groups = {}
    for case in again.within(code, *JUNE):
        ticket = again.rows.ticket[case.about]
        if by == "accused":
            value = json.loads(ticket.details).get("accused_dept") or "" if ticket.type in recount.COMPLAINTS else ""
        else:
            value = f"{from_ms(ticket.received_at).astimezone(MONTHS[0].tzinfo):%H}" if by == "hour" else getattr(ticket, by) or ""
        groups.setdefault(value, []).append(case)
    return {value: recount.count(code, found) for value, found in groups.items()}


def test_the_median_is_the_one_in_the_middle(year, again):
    hotline, made = year
    with hotline.store.reading() as session:
        shown, = figures.all_figures(hotline, session, made.now, *JUNE, codes={"K04c"})
    lengths = sorted(c.amount for c in again.within("K04c", *JUNE))
    middle = (lengths[(len(lengths) - 1) // 2] + lengths[len(lengths) // 2]) / 2000
    assert abs(shown.value - middle) <= 1


def differing(hotline, made, again, since, until, codes):
    """Where the hotline's figure and the recount's are not the same: the figure, the period, both."""
    with hotline.store.reading() as session:
        shown = {f.code: f for f in figures.all_figures(hotline, session, made.now, since, until, codes=codes)}
    for code in codes:
        own, theirs = again.counted(code, since, until), _sides(shown[code])
        if own != theirs:
            yield f"{code} {since:%F %T.%f} – {until:%F %T.%f}: {theirs}, recounted {own}"


def _sides(figure):
    return figure.numerator, figure.denominator, figure.excluded


def _year_before(moment):
    """The same local time twelve months earlier."""
    local = moment.astimezone(MONTHS[0].tzinfo)
    return local.replace(year=local.year - 1)
