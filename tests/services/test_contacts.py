"""Another time that the customer asked for rests on a contact: the call, one on record, or when and how it was told (4.3, scenario 9)."""

from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.telephone import calls
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow
from tests.hotlines import NINE

KEYS = count()
WISH = {"new_promise_at": NINE + timedelta(hours=60), "reason": "customer", "attitude": "understands", "initiated_by": "customer"}


def do(hotline, number, action, by="agent01", **fields):
    return tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"contact{next(KEYS)}", NINE)


@pytest.fixture
def number(hotline):
    about = {"category": "104", "room": "青禾家园5栋1单元302", "customer_name": "周敏", "content": "水龙头漏水"}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", about), "opened", NINE).number


def ticket(hotline, number):
    with hotline.store.reading() as session:
        return facts.ticket(session, session.scalar(sa.select(TicketRow).where(TicketRow.number == number)))


def refused(hotline, number, **fields):
    with pytest.raises(Refused) as no:
        do(hotline, number, "postpone", **fields)
    return no.value


def test_the_customers_own_wish_without_any_contact_is_refused_and_both_fields_are_named(hotline, number):
    no = refused(hotline, number, **WISH)
    assert (no.code, [f.name for f in no.said["fields"]]) == ("missing", ["told_at", "told_via"])


def test_a_contact_on_record_stands_for_time_and_way_and_the_postponement_is_not_counted(hotline, number):
    do(hotline, number, "add_contact", content="我周四才在家")
    contact = ticket(hotline, number).records("F01")[0]
    do(hotline, number, "postpone", **WISH, contact_id=str(contact.id))
    found = ticket(hotline, number)
    assert (found.promise_at, found.matter.postponements) == (WISH["new_promise_at"], 0)
    assert found.records("F09")[0].fields["contact_id"] == str(contact.id)


def test_the_call_in_progress_is_a_contact(hotline, number):
    calls.arrive(hotline, "CA7", "+8619000000001", NINE)
    calls.answered(hotline, "CA7", "agent01", NINE)
    do(hotline, number, "postpone", **WISH, call="CA7")
    assert ticket(hotline, number).matter.postponements == 0


def test_the_time_and_the_way_will_do_as_well(hotline, number):
    do(hotline, number, "postpone", **WISH, told_at=NINE, told_via="phone")
    assert ticket(hotline, number).matter.postponements == 0


def test_a_contact_nobody_has_on_record_is_no_contact(hotline, number):
    assert refused(hotline, number, **WISH, contact_id="4711").code == "unknown_contact"
    assert refused(hotline, number, **WISH, call="never-rang").code == "unknown_call"
    assert ticket(hotline, number).promise_at == NINE + timedelta(hours=48)


def test_a_contact_does_not_excuse_the_company_from_telling_first(hotline, number):
    do(hotline, number, "add_contact", content="催一下")
    contact = str(ticket(hotline, number).records("F01")[0].id)
    no = refused(hotline, number, **{**WISH, "initiated_by": "company"}, contact_id=contact)
    assert [f.name for f in no.said["fields"]] == ["told_at", "told_via"]
