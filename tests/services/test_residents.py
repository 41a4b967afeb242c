"""The link to one's own matter and the proof of a number, on both databases."""

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.residents import opening, proving, reporting, speaking, standing
from callcenter.services.residents.reporting import Report
from callcenter.storage.resident_tables import ResidentLinkRow
from callcenter.storage.tables import MessageRow, TicketRow
from tests.hotlines import NINE


def test_a_reported_matter_is_followed_by_one_link_that_is_never_rewritten(hotline):
    report = Report("104", "WTL", "3栋2单元1602", "水龙头滴水", "周女士", "19000000001")
    proof = proving.send(hotline, report.phone, "zh", NINE)
    with hotline.store.reading() as session:
        code = re.search(r"\d{6}", session.scalars(sa.select(MessageRow.text)).one())[0]
    taken = reporting.take(hotline, report, proof, code, NINE)
    assert reporting.take(hotline, report, proof, code, NINE).number == taken.number
    token = taken.address.rsplit("/", 1)[1]
    assert (speaking.urge(hotline, token, "a", NINE), speaking.urge(hotline, token, "b", NINE)) == (True, False)
    speaking.say(hotline, token, "钥匙在门卫", "c", NINE)
    with hotline.store.reading() as session:
        told = standing.standing(hotline, session, opening.opened(hotline, session, token, NINE), NINE)
        assert [t.words for t in told.history if t.words] == ["钥匙在门卫"]
        assert session.scalar(sa.select(sa.func.count()).select_from(ResidentLinkRow)) == 1
    with pytest.raises(DBAPIError), hotline.store.transaction() as session:
        session.execute(sa.update(ResidentLinkRow).values(nonce="mine"))


def test_a_link_follows_a_merge_back_and_forth(hotline):
    def opens(phone, key):
        fields = {"customer_name": "周敏", "content": "电梯坏了", "category": "104", "room": "梧桐里3栋2单元1602", "contact_phone": phone}
        return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", fields), key, NINE).number

    first, second = opens("19000000001", "a"), opens("19000000002", "b")
    with hotline.store.transaction() as session:
        row = session.scalars(sa.select(TicketRow).where(TicketRow.number == second)).one()
        token = opening.address(session, hotline, row, NINE).rsplit("/", 1)[1]
    tickets.carry_out(hotline, second, Act(Action.MERGE, "lead01", {"into": first}), "c", NINE)
    with hotline.store.reading() as session:
        opened = opening.opened(hotline, session, token, NINE)
        assert (opened.row.number, opened.going_on.number, opened.own) == (second, first, False)
    with pytest.raises(Refused, match="matter_over"):
        speaking.say(hotline, token, "快点", "d", NINE)
    tickets.carry_out(hotline, second, Act(Action.UNMERGE, "lead01", {}), "e", NINE)
    with hotline.store.reading() as session:
        assert opening.opened(hotline, session, token, NINE).going_on.number == second
