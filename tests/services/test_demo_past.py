"""The demo company does not begin on an empty page: yesterday's jobs, the quality books, a survey, signed reports; and every history holds."""

from datetime import timedelta

import sqlalchemy as sa

from callcenter.services import timers
from callcenter.services.demo import past
from callcenter.services.reports import signing
from callcenter.storage import ledger
from callcenter.storage.action_tables import ActionRow, FeedbackRow, ReviewRow
from callcenter.storage.survey_tables import SheetRow
from callcenter.storage.tables import EscalationRow, EventRow, PeriodRow, TicketRow
from tests.hotlines import NINE


def test_a_new_demo_company_has_lived_already_and_owes_nothing(sqlite_hotline, caplog):
    caplog.set_level("INFO")
    past.lay(sqlite_hotline, NINE)
    timers.fire_due(sqlite_hotline, NINE)
    assert [r.message for r in caplog.records if "left out" in r.message] == []
    with sqlite_hotline.store.reading() as session:
        def states(table):
            return sorted(session.scalars(sa.select(table.state)))

        assert states(TicketRow) == ["closed"] * 6 + ["new"], "the new one is the survey's"
        assert states(ActionRow) == ["cleared", "in_hand", "to_check", "to_do"]
        assert states(FeedbackRow) == ["answered", "sent"]
        assert [r.score for r in session.scalars(sa.select(ReviewRow).order_by(ReviewRow.id))] == [100, 89, 78]
        out, back = session.execute(sa.select(sa.func.count(), sa.func.count(SheetRow.returned_at)).select_from(SheetRow)).one()
        assert 0 < back < out
        signed = sa.select(PeriodRow.kind, PeriodRow.key, PeriodRow.confirmed_by).where(PeriodRow.confirmed_at.is_not(None))
        assert sorted(map(tuple, session.execute(signed))) == [
            ("daily_close", "2026-03-09", "lead01"), ("weekly_report", "2026-W10", "supervisor01")]
        assert session.scalars(sa.select(EscalationRow.trigger)).all() == ["complaint"]
        assert list(ledger.faults(session)) == list(signing.faults(session)) == []


def test_five_minutes_after_midnight_nothing_is_signed_before_its_time(sqlite_hotline):
    now = NINE - timedelta(hours=8, minutes=55)
    past.lay(sqlite_hotline, now)
    with sqlite_hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []
        assert session.scalar(sa.select(sa.func.max(EventRow.at))) <= now
