"""Customers and rooms kept: who is known under which number, what an agent may put right, days the table has."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from callcenter.domain.registers import CUSTOMER, DAY, ROOM, Register
from callcenter.domain.ticket import Person, Refused
from callcenter.services import calendar, places
from callcenter.services.desk import desk_view
from callcenter.services.hotline import Hotline
from callcenter.services.registers import archive, entries, lists, working_days
from callcenter.services.registers.typed import read
from callcenter.storage import facts, ledger
from callcenter.storage.tables import CalendarDayRow, CustomerRow, RoomRow
from tests.hotlines import NINE

ROOM_1602 = "梧桐里3栋2单元1602"


def who(hotline: Hotline, user: str) -> Person:
    with hotline.store.reading() as session:
        return facts.people(session)[user]


def customer(hotline: Hotline) -> CustomerRow:
    with hotline.store.reading() as session:
        return session.scalars(sa.select(CustomerRow).join(RoomRow, RoomRow.id == CustomerRow.room_id).where(
            RoomRow.text == ROOM_1602, CustomerRow.name == "周敏")).one()


def change(hotline: Hotline, by: str, **changes: object) -> bool:
    with hotline.store.transaction() as session:
        row = archive.customer_within(session, who(hotline, by), customer(hotline).id)
        return archive.change_customer(session, who(hotline, by), row, {**archive.snapshot(row), **changes}, NINE, "客户来电")


def test_a_number_put_right_is_known_at_once_and_so_is_the_other_one(hotline: Hotline) -> None:
    assert change(hotline, "agent01", phone="19000007001", other_phone="021-5550 0000")
    assert not change(hotline, "agent01", phone="19000007001")
    with hotline.store.reading() as session:
        assert places.households(session, "19000000001") == []
        assert [h.name for h in places.households(session, "+86 190 0000 7001")] == ["周敏"]
        assert [h.name for h in places.households(session, "02155500000")] == ["周敏"]
        kept = entries.history(session, Register.CUSTOMERS, str(customer(hotline).id), {"agent"})
        assert [(k.by, k.what, k.fields["phone"], k.reason) for k in kept] == [("agent01", "changed", ("190****0001", "190****7001"), "客户来电")]
        assert list(ledger.faults(session)) == []


@pytest.mark.parametrize("more", [{"name": "冒名"}, {"care_flag": "独居"}, {"nuisance": True}, {"do_not_call": True}])
def test_an_agent_changes_nothing_but_the_contact_and_what_was_refused_is_not_written(hotline: Hotline, more: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        change(hotline, "agent01", phone="19000007001", **more)
    assert refused.value.code == "not_allowed"
    assert customer(hotline).phone == "19000000001"


def test_whoever_has_moved_out_is_nobody_s_caller_and_stays_in_the_archive(hotline: Hotline) -> None:
    with hotline.store.transaction() as session:
        lead = who(hotline, "lead01")
        row = archive.customer_within(session, lead, customer(hotline).id)
        archive.end_customer(session, lead, row, NINE)
    with hotline.store.reading() as session:
        assert places.households(session, "19000000001") == []
        assert row.room_id not in lists.residents(session, [row.room_id]) or all(
            c.name != "周敏" for c in lists.residents(session, [row.room_id])[row.room_id])
        assert [c.name for c in lists.residents(session, [row.room_id], ended=True)[row.room_id]] == ["周敏"]
        assert all(c.valid_to is None for _, living, _ in desk_view.rooms(session, hotline.rulebook.policy, ROOM_1602) for c in living)


def test_a_warranty_written_for_a_room_goes_before_the_one_counted_from_the_handing_over(hotline: Hotline) -> None:
    with hotline.store.transaction() as session:
        lead = who(hotline, "lead01")
        row = session.scalars(sa.select(RoomRow).where(RoomRow.text == ROOM_1602)).one()
        typed = {"compound": "WTL", "building": "3", "entrance": "2", "number": "1602", "warranty": "防水 2032-01-31"}
        archive.change_room(session, lead, row, read(ROOM, typed) | {"handed_over": row.handed_over_at}, NINE)
    with hotline.store.reading() as session:
        found = next(until for room, _, until in desk_view.rooms(session, hotline.rulebook.policy, ROOM_1602) if room.text == ROOM_1602)
        assert found["waterproofing"] == datetime(2032, 1, 31, 15, 59, 59, 999000, tzinfo=UTC)
        assert found["pipes"].year == 2027


def test_the_same_person_is_not_entered_twice_and_a_colleague_elsewhere_is_out_of_reach(hotline: Hotline) -> None:
    values = read(CUSTOMER, {"name": "周敏", "relation": "业主", "phone": "190 0000 0001"})
    lead = who(hotline, "lead01")
    elsewhere = Person("x", "某", lead.roles, compounds=frozenset({"QH"}))
    assert refusal_of_entering(hotline, lead, values) == "already_there"
    assert refusal_of_entering(hotline, elsewhere, values) == "out_of_reach"


def refusal_of_entering(hotline: Hotline, by: Person, values: dict[str, object]) -> str:
    room_id = customer(hotline).room_id
    with pytest.raises(Refused) as refused, hotline.store.transaction() as session:
        archive.add_customer(session, by, session.get_one(RoomRow, room_id), values, NINE)
    return refused.value.code


@pytest.mark.parametrize("text", ["梧桐里3栋2单元1602", "梧桐 1602", "周敏", "19000000001"])
def test_a_home_is_found_by_address_name_and_number(sqlite_hotline: Hotline, text: str) -> None:
    with sqlite_hotline.store.reading() as session:
        found = lists.homes(session, text)
        assert ROOM_1602 in {home.room.text for home in found.rows}
        assert lists.homes(session, text, scope={"QH"}).total == 0 or text in {"周敏"}
        assert lists.homes(session, "%").total == 0


def test_a_year_is_loaded_kept_up_to_date_and_what_people_set_stays(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "year_loaded", lambda year: False)
    with hotline.store.transaction() as session:
        assert calendar.keep(session, date(2026, 3, 10)) == 730
        assert calendar.keep(session, date(2026, 3, 10)) == 0
        assert calendar.is_workday(date(2026, 2, 14), session) == (True, "holidays")
        values = read(DAY, {"date": "2026-03-11", "is_workday": "否", "name": "台风"})
        assert working_days.set_day(session, who(hotline, "admin01"), values, NINE)
        assert not working_days.set_day(session, who(hotline, "admin01"), values, NINE)
    monkeypatch.setattr(calendar, "year_loaded", lambda year: year == 2026)
    with hotline.store.transaction() as session:
        assert calendar.keep(session, date(2026, 3, 10)) == 364
        assert calendar.is_workday(date(2026, 2, 14), session) == (True, "chinesecalendar")
        assert calendar.next_workday(date(2026, 3, 10), session) == date(2026, 3, 12)
        assert session.get_one(CalendarDayRow, date(2026, 3, 11)).name == "台风"
        assert (calendar.year_known(2026, session), calendar.year_known(2027, session)) == (True, False)
        assert calendar.days_of(session, 2026)[date(2026, 3, 11)] == (False, "台风", "manual")
        assert len(calendar.days_of(session, 2029)) == 365
