"""The demo company: its homes, residents, people and roster are complete, invented, and the same every time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import LOCAL, local
from callcenter.domain.ticket import Refused, Staff
from callcenter.domain.vocabulary import Department, Role, Trade
from callcenter.services import numbers, people, places
from callcenter.services.demo import company as demo_company
from callcenter.services.demo import crew
from callcenter.services.demo import duty as demo_roster
from callcenter.storage import facts, schema
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import CompoundRow, CustomerRow, DutyRow, PersonRow, PlaceRow, RoomRow

START = datetime(2026, 2, 17, 2, tzinfo=LOCAL).astimezone(UTC)
UNTIL = START + timedelta(days=28)


@contextmanager
def an_empty_database() -> Iterator[Store]:
    store = Store(make_engine("sqlite://"))
    schema.create_at_once(store.engine)
    yield store
    store.engine.dispose()


@contextmanager
def a_company() -> Iterator[Store]:
    with an_empty_database() as store:
        with store.transaction() as session:
            demo_company.load(session, START, UNTIL, people.NO_PASSWORD)
        yield store


@pytest.fixture(scope="module")
def company() -> Iterator[Store]:
    """For reading only."""
    with a_company() as store:
        yield store


@pytest.fixture
def own() -> Iterator[Store]:
    """A company to change."""
    with a_company() as store:
        yield store


@pytest.fixture
def session(company: Store) -> Iterator[Session]:
    with company.reading() as opened:
        yield opened


def every_half_hour() -> Iterator[datetime]:
    return (START + timedelta(minutes=30 * n) for n in range(48 * 28))


def staff_at(session: Session, *at: int) -> Staff:
    return facts.staff(session, datetime(*at, tzinfo=LOCAL))


# ---- places and residents --------------------------------------------------------------------------


def test_every_compound_has_its_homes_and_the_river_side_its_shops(session: Session) -> None:
    rooms = session.scalars(sa.select(RoomRow)).all()
    homes = Counter(room.compound for room in rooms if room.building != "商铺")
    assert homes == {"WTL": 540, "QH": 440, "WJ": 416}
    shops = [room.text for room in rooms if room.building == "商铺"]
    assert shops == [f"望江苑商铺{n:02d}" for n in range(1, 13)]
    assert len({(r.compound, r.building) for r in rooms if r.building != "商铺"}) == 6 + 10 + 4
    texts = {room.text for room in rooms}
    assert {"梧桐里1栋1单元101", "梧桐里3栋2单元1602", "青禾家园10栋2单元1102", "望江苑4栋1单元2604"} <= texts


def test_a_compound_was_handed_over_on_its_day_and_so_was_everything_in_it(session: Session) -> None:
    days = {"WTL": date(2025, 6, 15), "QH": date(2016, 5, 20), "WJ": date(2020, 9, 10)}
    compounds = {c.code: c for c in session.scalars(sa.select(CompoundRow))}
    assert {code: (c.name, local(c.handed_over_at).date()) for code, c in compounds.items()} == {
        "WTL": ("梧桐里", days["WTL"]), "QH": ("青禾家园", days["QH"]), "WJ": ("望江苑", days["WJ"])}
    for table in (RoomRow, PlaceRow):
        assert set(session.execute(sa.select(table.compound, table.handed_over_at))) == {
            (code, c.handed_over_at) for code, c in compounds.items()}


def test_seven_homes_in_ten_are_lived_in_by_their_owners_two_are_let_and_one_is_vacant(session: Session) -> None:
    states = Counter(session.scalars(sa.select(RoomRow.state).where(RoomRow.building != "商铺")))
    assert states == {"自住": 978, "出租": 279, "空置": 139}


@pytest.mark.parametrize("said", [
    "梧桐里3栋2单元电梯", "梧桐里地下车库B1-C区", "梧桐里东门岗", "梧桐里生活水泵房", "青禾家园南门岗", "望江苑地下车库B2-A区"])
def test_common_parts_are_found_by_what_people_call_them(session: Session, said: str) -> None:
    found = places.find(session, None, said)
    assert (found.text, found.public) == (said, True)
    assert found.compound is not None


def test_every_address_stays_as_it_is_when_tidied(session: Session) -> None:
    for table in (RoomRow, PlaceRow):
        assert all(places.tidy(text) == text for text in session.scalars(sa.select(table.text)))


def test_zhou_min_owns_her_flat_and_has_the_first_number(session: Session) -> None:
    (home,) = places.households(session, "190 0000 0001")
    assert (home.name, home.room, home.relation, home.compound) == ("周敏", "梧桐里3栋2单元1602", "业主", "WTL")


def test_every_occupied_room_has_one_or_two_people_and_a_vacant_one_nobody(session: Session) -> None:
    lived_in = Counter(session.scalars(sa.select(CustomerRow.room_id)))
    for room_id, state in session.execute(sa.select(RoomRow.id, RoomRow.state)):
        assert lived_in[room_id] in ((0,) if state == "空置" else (1, 2))


def test_every_resident_is_marked_as_invented_and_has_a_number_nobody_can_dial(session: Session) -> None:
    residents = session.scalars(sa.select(CustomerRow).order_by(CustomerRow.id)).all()
    assert [r.phone for r in residents] == [f"190{n:08d}" for n in range(1, len(residents) + 1)]
    assert len(residents) < 9000
    assert all(r.is_demo and r.phone_key == numbers.comparable(r.phone) for r in residents)


def test_some_residents_need_care_and_some_want_to_be_left_alone(session: Session) -> None:
    residents = session.scalars(sa.select(CustomerRow)).all()
    assert {r.care_flag for r in residents} == {None, "独居老人", "行动不便"}
    assert 0 < sum(r.do_not_call for r in residents) < 30
    assert 0 < sum(r.no_texts for r in residents) < 60


def test_the_same_rows_come_out_every_time(session: Session, own: Store) -> None:
    with own.reading() as again:
        for table in (CompoundRow, RoomRow, PlaceRow, CustomerRow, PersonRow, DutyRow):
            rows = sa.select(table.__table__).order_by(*table.__table__.primary_key)
            assert again.execute(rows).all() == session.execute(rows).all()


def test_residents_do_not_change_with_the_interpreter(session: Session) -> None:
    first = session.scalars(sa.select(CustomerRow.name).order_by(CustomerRow.id).limit(6)).all()
    assert first == ["周敏", "罗明", "马建国", "蒋洋", "宋磊", "田磊"]


def test_the_company_moves_into_postgresql_as_well_and_new_rooms_find_free_ids(postgres_database: str) -> None:
    store = Store(make_engine(postgres_database))
    schema.create_at_once(store.engine)
    with store.transaction() as session:
        demo_company.load(session, START, UNTIL, people.NO_PASSWORD)
        session.add(RoomRow(compound="WTL", building="7", entrance="1", number="101", text="梧桐里7栋1单元101", state="空置"))
    with store.reading() as session:
        assert [home.name for home in places.households(session, "19000000001")] == ["周敏"]
        assert facts.staff(session, START).holders(Role.AGENT) == ["agent01", "agent02"]
    store.engine.dispose()


# ---- people ----------------------------------------------------------------------------------------


def test_all_the_people_of_the_rehearsal_contract_are_there(session: Session) -> None:
    teams = {"agent": 8, "lead": 2, "dispatcher": 2, "supervisor": 1, "callback": 1, "pm": 3, "quality": 1, "gm": 1,
             "engineering": 1, "order": 1, "environment": 1, "plumber": 3, "electrician": 3, "lowvolt": 2, "handyman": 3,
             "mason": 1, "hvac": 1, "equipment": 1, "guard": 3, "cleaner": 2, "gardener": 1, "builder": 2, "liftvendor": 1,
             "firevendor": 1, "gascompany": 1, "admin": 1, "auditor": 1}
    assert set(facts.people(session)) == {f"{team}{n:02d}" for team, many in teams.items() for n in range(1, many + 1)}


def test_everybody_is_invented_and_nobody_shares_a_name_or_a_number(session: Session) -> None:
    rows = session.scalars(sa.select(PersonRow)).all()
    assert all(row.is_demo and row.active and row.language == "zh" for row in rows)
    assert len({row.name for row in rows}) == len({row.phone for row in rows}) == len(rows)
    assert all(row.phone is not None and row.phone.startswith("19000009") and len(row.phone) == 11 for row in rows)


@pytest.mark.parametrize(("user", "role", "trade", "department", "compounds", "signs_in"), [
    ("agent08", Role.AGENT, None, Department.CUSTOMER_SERVICE, set(), True),
    ("dispatcher02", Role.DISPATCHER, None, Department.CUSTOMER_SERVICE, set(), True),
    ("pm01", Role.PM, None, None, {"WTL"}, True),
    ("pm03", Role.PM, None, None, {"WJ"}, True),
    ("order01", Role.DEPT_HEAD, None, Department.ORDER, set(), True),
    ("plumber02", Role.TECHNICIAN, Trade.PLUMBER, Department.ENGINEERING, set(), True),
    ("guard01", Role.STAFF, Trade.GUARD, Department.ORDER, set(), False),
    ("gardener01", Role.STAFF, Trade.GARDENER, Department.ENVIRONMENT, set(), False),
    ("gascompany01", Role.CONTRACTOR, Trade.GAS, None, set(), True),
])
def test_a_person_has_their_badge_trade_department_and_compounds(
        session: Session, user: str, role: Role, trade: Trade | None, department: Department | None, compounds: set[str],
        signs_in: bool) -> None:
    person = facts.people(session)[user]
    assert (person.roles, person.trades) == ({role}, {trade} if trade else set())
    assert (person.department, person.compounds, person.can_sign_in) == (department, compounds, signs_in)


def test_certificates_hold_but_for_the_one_that_ran_out_at_the_end_of_2025(session: Session) -> None:
    certified = [p for p in facts.people(session).values() if p.certificates]
    assert {p.user: {name: f"{local(until):%F}" for name, until in p.certificates.items()} for p in certified} == {
        "electrician01": {"低压电工证": "2028-12-31"},
        "electrician02": {"低压电工证": "2028-12-31"},
        "electrician03": {"低压电工证": "2025-12-31"},
        "hvac01": {"制冷与空调作业证": "2028-12-31"},
        "liftvendor01": {"特种设备作业证": "2028-12-31"},
        "firevendor01": {"消防设施操作员证": "2028-12-31"},
        "builder01": {"低压电工证": "2028-12-31"},
        "builder02": {"低压电工证": "2028-12-31"}}


@pytest.mark.parametrize("year", [2019, 2025, 2026, 2035])
def test_whenever_the_demo_is_set_only_electrician03_holds_a_certificate_that_has_run_out(year: int) -> None:
    start = datetime(year, 3, 1, 12, tzinfo=UTC)
    lapsed = {p.user for p in crew.everybody(start) for until in p.certificates.values() if until <= start}
    assert lapsed == {"electrician03"}


def test_the_list_of_sign_ins_names_roles_in_both_languages_and_leaves_out_guards() -> None:
    listed = demo_company.sign_in_list()
    assert listed[0] == ("agent01", "王芳", "坐席")
    assert ("plumber01", "刘洋", "维修工、水工") in listed
    assert ("plumber01", "刘洋", "Technician, Plumber") in demo_company.sign_in_list("en")
    assert not [user for user, _, _ in listed if user.startswith(("guard", "cleaner", "gardener"))]


def test_everybody_on_the_list_signs_in_with_the_demo_password_and_no_one_else_does() -> None:
    with an_empty_database() as store:
        with store.transaction() as session:
            assert not demo_company.is_loaded(session)
            demo_company.load(session, START, UNTIL, people.hashed(demo_company.PASSWORD, 256))
            assert demo_company.is_loaded(session)
        register = people.People(store, work=256)
        assert all(register.check(user, "demo", START) for user, _, _ in demo_company.sign_in_list())
        assert register.check("guard01", "demo", START) is None


# ---- roster ----------------------------------------------------------------------------------------


def test_two_agents_a_lead_a_plumber_and_a_certified_electrician_are_on_duty_at_every_hour(session: Session) -> None:
    for now in every_half_hour():
        staff = facts.staff(session, now)
        trades = Counter(t for u in staff.duty for t in staff.people[u].trades)
        certified = [u for u in staff.duty if staff.people[u].certificates.get("低压电工证", now) > now]
        assert len(staff.holders(Role.AGENT)) == 2
        assert len(staff.holders(Role.LEAD)) == 1
        assert len(staff.holders(Role.SUPERVISOR)) == 1
        assert certified
        assert min(trades[t] for t in (Trade.PLUMBER, Trade.HANDYMAN, Trade.EQUIPMENT, Trade.GUARD)) >= 1


def test_one_dispatcher_works_from_eight_to_ten_at_night_by_turns(session: Session) -> None:
    for now in every_half_hour():
        at = local(now)
        turn = "dispatcher01" if at.day % 2 == 0 else "dispatcher02"
        assert facts.staff(session, now).holders(Role.DISPATCHER) == ([turn] if 8 <= at.hour < 22 else [])


def test_at_night_the_supervisor_is_one_of_three_heads_by_turns(session: Session) -> None:
    nights = [staff_at(session, 2026, 2, day, 23).holders(Role.SUPERVISOR) for day in (17, 18, 19, 20)]
    assert sorted(u for night in nights[:3] for u in night) == ["engineering01", "environment01", "order01"]
    assert nights[3] == nights[0]
    assert staff_at(session, 2026, 2, 17, 12).holders(Role.SUPERVISOR) == ["supervisor01"]


def test_the_night_of_the_first_day_was_begun_the_day_before(session: Session) -> None:
    staff = facts.staff(session, START)
    assert staff.holders(Role.AGENT) == ["agent01", "agent02"]
    assert staff.on_duty("plumber03")
    assert staff.duty["plumber03"].until == datetime(2026, 2, 17, 8, tzinfo=LOCAL)


def test_project_managers_answer_by_day_for_their_own_compound(session: Session) -> None:
    staff = staff_at(session, 2026, 2, 18, 10)
    assert [staff.holders(Role.PM, c) for c in ("WTL", "QH", "WJ")] == [["pm01"], ["pm02"], ["pm03"]]
    assert staff_at(session, 2026, 2, 18, 21).holders(Role.PM) == []


def test_electrician03_is_at_work_by_day_so_that_only_the_certificate_is_missing(session: Session) -> None:
    assert staff_at(session, 2026, 2, 18, 10).on_duty("electrician03")


def test_nobody_works_longer_than_the_dispatchers_fourteen_hours_or_again_within_six(session: Session) -> None:
    worked: dict[str, list[tuple[datetime, datetime]]] = {}
    rows = session.scalars(sa.select(DutyRow).where(DutyRow.shift.not_in(["夜间备勤", "值班领导"])).order_by(DutyRow.start_at))
    for row in rows:
        assert row.end_at - row.start_at <= timedelta(hours=14 if row.user.startswith("dispatcher") else 12)
        worked.setdefault(row.user, []).append((row.start_at, row.end_at))
    for turns in worked.values():
        for before, after in pairwise(turns):
            assert after[0] - before[1] >= timedelta(hours=6)


def test_agents_rotate_night_early_middle_rest(session: Session) -> None:
    rows = session.scalars(sa.select(DutyRow).where(DutyRow.user == "agent01").order_by(DutyRow.start_at).limit(7)).all()
    assert [row.shift for row in rows] == ["夜班", "早班", "中班"] * 2 + ["夜班"]
    assert rows[3].start_at - rows[0].start_at == timedelta(days=4)


def test_leads_change_day_and_night_every_monday(session: Session) -> None:
    def day_lead(day: int) -> list[str]:
        return staff_at(session, 2026, 3, day, 15).holders(Role.LEAD)

    week, next_week = [day_lead(day) for day in range(2, 9)], [day_lead(day) for day in range(9, 16)]
    assert week == [week[0]] * 7
    assert next_week == [next_week[0]] * 7
    assert sorted(week[0] + next_week[0]) == ["lead01", "lead02"]


def test_a_roster_is_carried_on_without_a_gap_or_a_repeat(own: Store) -> None:
    later = UNTIL + timedelta(days=3)
    with own.transaction() as session:
        days = [local(UNTIL).date() + timedelta(days=n) for n in (1, 2, 3)]
        added = demo_company.extend_roster(session, later)
        assert added == sum(len(turn.users) for day in days for turn in demo_roster.turns(day))
        assert demo_company.extend_roster(session, later) == 0
        turns = session.execute(sa.select(DutyRow.user, DutyRow.start_at)).all()
        assert len(turns) == len(set(turns))
        assert len(facts.staff(session, later).holders(Role.AGENT)) == 2


# ---- exactly these people --------------------------------------------------------------------------


def test_exactly_the_named_people_are_on_duty_for_the_whole_span_with_their_badges(own: Store) -> None:
    with own.transaction() as session:
        demo_company.on_duty_exactly(session, ["plumber01", "lead01", "guard01", "pm02", "plumber01"], START, UNTIL)
    with own.reading() as session:
        for now in (START, START + timedelta(hours=13), UNTIL - timedelta(milliseconds=1)):
            duty = facts.duty(session, now)
            assert {user: set(turn.acting) for user, turn in duty.items()} == {
                "plumber01": {Role.TECHNICIAN}, "lead01": {Role.LEAD}, "guard01": {Role.STAFF}, "pm02": {Role.PM}}
        assert facts.staff(session, START).holders(Role.PM, "WTL") == []
        assert facts.duty(session, UNTIL) == {}


def test_whoever_replaces_others_on_the_roster_is_seen_at_once(own: Store) -> None:
    for user in ("lead01", "lead02", "agent01"):
        with own.transaction() as session:
            demo_company.on_duty_exactly(session, [user], START, UNTIL)
        with own.reading() as session:
            assert list(facts.staff(session, START).duty) == [user]


def test_nobody_at_all_can_be_on_duty(own: Store) -> None:
    with own.transaction() as session:
        demo_company.on_duty_exactly(session, [], START, UNTIL)
        assert facts.duty(session, START) == {}


def test_an_unknown_name_on_the_roster_is_refused_and_the_roster_stays(own: Store) -> None:
    with own.transaction() as session:
        before = facts.duty(session, START)
        with pytest.raises(Refused) as refused:
            demo_company.on_duty_exactly(session, ["lead01", "nobody01"], START, UNTIL)
        assert (refused.value.code, refused.value.said) == ("unknown_person", {"person": "nobody01"})
        assert facts.duty(session, START) == before
