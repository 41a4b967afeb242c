"""The daily sums of a generated year are its rows: summed up in the middle of it, brought up to its end, asked for months and edges."""

from datetime import timedelta

from callcenter.services import figures
from callcenter.services.figures import daily


def test_a_year_summed_up_in_its_middle_and_refreshed_at_its_end_is_its_rows(year):
    hotline, made = year
    daily.rebuild(hotline, made.since + timedelta(days=180))
    daily.refresh(hotline, made.now, pieces=1000)
    with hotline.store.reading() as session:
        assert daily.freshness(session).as_of == made.now
        assert daily.differences(hotline, session, made.now, made.since, made.until) == []
        edge = made.since + timedelta(days=100, hours=5, milliseconds=1)
        for since, until in ((made.since + timedelta(days=31), made.since + timedelta(days=59)), (edge, edge + timedelta(days=40))):
            summed, counted = ([(f.code, f.numerator, f.denominator, f.excluded, f.value) for f in figures.all_figures(
                hotline, session, made.now, since, until, listed=listed)] for listed in (False, True))
            assert summed == counted
