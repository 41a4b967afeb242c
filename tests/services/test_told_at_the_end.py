"""Whoever took a matter first hears from us that it was answered (O13)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.storage.tables import MessageRow
from tests.hotlines import NINE

QUESTION = {"type": "inquiry", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "封阳台要办什么手续"}


@pytest.mark.parametrize(("by", "told"), [("engineering01", ["agent01"]), ("agent01", [])])
def test_an_answer_by_somebody_else_is_told_to_the_first_responder_and_one_s_own_is_not(sqlite_hotline, by, told):
    number = tickets.open_ticket(sqlite_hotline, Act(Action.OPEN_TICKET, "agent01", QUESTION), "a", NINE).number
    if by != "agent01":
        asked = {"expert": by, "agreed_reply_at": NINE + timedelta(hours=20)}
        tickets.carry_out(sqlite_hotline, number, Act(Action.FORWARD_INQUIRY, "agent01", asked), "b", NINE + timedelta(minutes=1))
    tickets.carry_out(sqlite_hotline, number, Act(Action.ANSWER_INQUIRY, by, {"answer": "带房本到前台"}), "c", NINE + timedelta(hours=2))
    with sqlite_hotline.store.reading() as session:
        assert list(session.scalars(sa.select(MessageRow.to).where(MessageRow.notice == "completed"))) == told
