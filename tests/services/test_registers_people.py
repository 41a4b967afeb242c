"""People entered and ended by an administrator: every change kept, the last administrator kept, open work handed over first."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain import duties
from callcenter.domain.registers import LEAVE, PERSON, Register, Standing
from callcenter.domain.ticket import Act, Person, Refused
from callcenter.domain.vocabulary import BADGES, Action, Role, Trade
from callcenter.services import accounts, people, tickets
from callcenter.services.hotline import Hotline
from callcenter.services.registers import directory, entries, lists
from callcenter.services.registers import staff as registers_people
from callcenter.services.registers import typed as registers_typed
from callcenter.services.registers.directory import Wish
from callcenter.storage import facts, ledger
from callcenter.storage.tables import DutyRow, PersonRow
from tests.hotlines import NINE

NEW = {"user": "dinghao", "name": "丁浩", "employee_no": "E077", "roles": "维修工、坐席", "department": "工程部", "trades": "电工 ",
       "compounds": "梧桐里", "phone": "190 0000 9077", "language": "中文", "can_sign_in": "是",
       "certificates": "低压电工证 T77 2028-12-31\n高处作业证 2027-03-01"}


def typed(**changes: str) -> dict[str, object]:
    return registers_typed.read(PERSON, {**NEW, **changes})


def person(hotline: Hotline, user: str) -> Person:
    with hotline.store.reading() as session:
        return facts.people(session)[user]


def refusal(deed, *given, **named) -> str:
    with pytest.raises(Refused) as refused:
        deed(*given, **named)
    return refused.value.code


def as_kept(row: PersonRow) -> dict[str, object]:
    """An entry as a form would send it again."""
    return {"user": row.user, "name": row.name, "employee_no": row.employee_no, "roles": frozenset(Role(r) for r in row.roles),
            "department": row.department, "trades": frozenset(Trade(t) for t in row.trades), "compounds": frozenset(row.compounds),
            "phone": row.phone, "language": row.language, "can_sign_in": row.can_sign_in,
            "certificates": {name: ("", until) for name, until in row.certificates.items()}}


def entry(hotline: Hotline, user: str) -> dict[str, object]:
    with hotline.store.reading() as session:
        return as_kept(session.get_one(PersonRow, user))


def test_a_new_colleague_is_known_to_the_rules_at_once_with_what_their_certificates_say(hotline: Hotline) -> None:
    admin = person(hotline, "admin01")
    registers_people.add(hotline, admin, typed(), NINE, "新入职")
    new = person(hotline, "dinghao")
    assert (new.name, new.roles, new.trades, new.compounds) == ("丁浩", {Role.TECHNICIAN, Role.AGENT}, {Trade.ELECTRICIAN}, {"WTL"})
    assert new.certificates["低压电工证"] == datetime(2028, 12, 31, 15, 59, 59, 999000, tzinfo=UTC)
    with hotline.store.reading() as session:
        row = session.get_one(PersonRow, "dinghao")
        assert (row.employee_no, row.certificate_numbers, row.phone) == ("E077", {"低压电工证": "T77"}, "190 0000 9077")
        kept = entries.history(session, Register.PEOPLE, "dinghao", admin.roles)
        assert [(k.what, k.by, k.at, k.reason) for k in kept] == [("added", "admin01", NINE, "新入职")]
        assert kept[0].fields["phone"] == (None, "190****9077")
        assert list(ledger.faults(session)) == []


def test_every_change_is_kept_with_what_stood_there_before_and_nothing_is_kept_of_no_change(hotline: Hotline) -> None:
    admin = person(hotline, "admin01")
    same = entry(hotline, "agent01")
    registers_people.change(hotline, admin, "agent01", same, NINE)
    other = {**same, "name": "王小芳", "roles": frozenset({Role.LEAD})}
    registers_people.change(hotline, admin, "agent01", other, NINE + timedelta(minutes=1), "转岗")
    with hotline.store.reading() as session:
        kept = entries.history(session, Register.PEOPLE, "agent01", admin.roles)
        assert [(k.what, k.fields, k.reason) for k in kept] == [
            ("changed", {"name": ("王芳", "王小芳"), "roles": (["agent"], ["lead"])}, "转岗")]
        assert session.get_one(PersonRow, "agent01").session_version == 2


@pytest.mark.parametrize("user", ["supervisor01", "lead01", "agent01", "quality01", "auditor01"])
def test_only_an_administrator_edits_people(sqlite_hotline: Hotline, user: str) -> None:
    assert refusal(registers_people.add, sqlite_hotline, person(sqlite_hotline, user), typed(), NINE) == "not_allowed"
    assert refusal(registers_people.deactivate, sqlite_hotline, person(sqlite_hotline, user), "agent08", NINE) == "not_allowed"


def test_nobody_edits_their_own_roles_though_their_own_name_is_theirs_to_put_right(hotline: Hotline) -> None:
    admin, own = person(hotline, "admin01"), entry(hotline, "admin01")
    more = {**own, "roles": frozenset({Role.ADMIN, Role.PM})}
    assert refusal(registers_people.change, hotline, admin, "admin01", more, NINE) == "own_roles"
    assert refusal(registers_people.deactivate, hotline, admin, "admin01", NINE) == "own_roles"
    registers_people.change(hotline, admin, "admin01", {**own, "name": "钟诚诚"}, NINE)
    assert person(hotline, "admin01").name == "钟诚诚"


def test_the_last_administrator_who_can_sign_in_neither_goes_nor_loses_the_role(hotline: Hotline) -> None:
    assert refusal(registers_people.deactivate, hotline, entries.CONSOLE, "admin01", NINE) == "last_admin"
    for less in ({"roles": frozenset({Role.AGENT})}, {"can_sign_in": False}):
        assert refusal(registers_people.change, hotline, entries.CONSOLE, "admin01", {**entry(hotline, "admin01"), **less}, NINE) == "last_admin"
    registers_people.add(hotline, entries.CONSOLE, typed(user="second", roles="admin", employee_no=""), NINE)
    registers_people.deactivate(hotline, entries.CONSOLE, "admin01", NINE)
    assert refusal(registers_people.deactivate, hotline, entries.CONSOLE, "second", NINE) == "last_admin"


def test_whoever_has_open_work_stays_until_it_is_handed_over_and_the_refusal_names_it(hotline: Hotline) -> None:
    admin = person(hotline, "admin01")
    fields = {"customer_name": "周敏", "content": "水龙头滴漏", "category": "104", "room": "梧桐里3栋2单元1602", "contact_phone": "19000000001"}
    number = tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", fields), "k1", NINE).number
    with pytest.raises(Refused) as refused:
        registers_people.deactivate(hotline, admin, "agent01", NINE)
    assert (refused.value.code, refused.value.said["numbers"], refused.value.said["count"]) == ("still_open", [number], 1)
    tickets.carry_out(hotline, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), "k2", NINE)
    assert refusal(registers_people.deactivate, hotline, admin, "plumber01", NINE) == "still_open"
    registers_people.deactivate(hotline, admin, "agent08", NINE)
    assert not person(hotline, "agent08").active


def test_whoever_leaves_is_off_the_roster_from_that_second_and_the_past_stays(hotline: Hotline) -> None:
    registers_people.deactivate(hotline, person(hotline, "admin01"), "supervisor01", NINE + timedelta(hours=1), "离职")
    with hotline.store.reading() as session:
        rows = list(session.scalars(sa.select(DutyRow).where(DutyRow.user == "supervisor01")))
        assert rows
        assert max(row.end_at for row in rows) == NINE + timedelta(hours=1)
        assert people.People(hotline.store).find("supervisor01") is None
    registers_people.take_back(hotline, person(hotline, "admin01"), "supervisor01", NINE + timedelta(hours=2))
    assert person(hotline, "supervisor01").active
    with hotline.store.reading() as session:
        assert not facts.staff(session, NINE + timedelta(hours=2)).on_duty("supervisor01")
        assert [k.what for k in entries.history(session, Register.PEOPLE, "supervisor01", {"admin"})] == ["back", "ended"]


def test_a_form_opened_before_somebody_elses_change_is_told_so(hotline: Hotline) -> None:
    admin, own = person(hotline, "admin01"), entry(hotline, "agent02")
    registers_people.change(hotline, admin, "agent02", {**own, "name": "何小静"}, NINE, seen=0)
    assert refusal(registers_people.change, hotline, admin, "agent02", {**own, "name": "何大静"}, NINE, seen=0) == "changed_meanwhile"


def test_leave_is_entered_once_and_withdrawn_never_deleted(hotline: Hotline) -> None:
    lead = person(hotline, "lead01")
    days = registers_typed.read(LEAVE, {"since": "2026-03-16", "until": "2026-03-17", "note": "年假"})
    registers_people.take_leave(hotline, lead, "plumber01", days, NINE)
    assert refusal(registers_people.take_leave, hotline, lead, "plumber01", days, NINE) == "on_leave"
    back = registers_typed.read(LEAVE, {"since": "2026-03-17", "until": "2026-03-16"})
    assert refusal(registers_people.take_leave, hotline, lead, "plumber02", back, NINE) == "leave_backwards"
    with hotline.store.reading() as session:
        found = registers_people.leaves(session, "plumber01", NINE)
        assert [(row.since, row.until) for row in found] == [
            (datetime(2026, 3, 15, 16, tzinfo=UTC), datetime(2026, 3, 17, 16, tzinfo=UTC))]
        assert lists.away_now(session, datetime(2026, 3, 16, tzinfo=UTC)) == {"plumber01": found[0].until}
    assert registers_people.withdraw_leave(hotline, lead, found[0].id, NINE) == "plumber01"
    assert refusal(registers_people.withdraw_leave, hotline, lead, found[0].id, NINE) == "unknown_record"


@pytest.mark.parametrize(("changes", "wrong"), [
    ({"user": "", "name": "", "roles": ""}, {"user", "name", "roles"}),
    ({"roles": "坐席、皇帝", "department": "后勤"}, {"roles", "department"}),
    ({"phone": "1", "certificates": "低压电工证"}, {"phone", "certificates"}),
    ({"certificates": "低压电工证 T1 2027-02-30"}, {"certificates"}),
    ({"can_sign_in": "也许"}, {"can_sign_in"}),
    ({"name": "丁\t浩"}, {"name"}),
])
def test_everything_wrong_is_said_at_once(changes: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(registers_typed.Misfit) as misfit:
        typed(**changes)
    assert set(misfit.value.wrong) == wrong


@pytest.mark.parametrize(("changes", "code"), [
    ({"user": "agent01"}, "bad_value"), ({"user": "Ding Hao"}, "bad_value"), ({"user": "plumber"}, "bad_value"), ({"compounds": "月球"}, "bad_value"),
])
def test_an_entry_that_cannot_be_is_refused(sqlite_hotline: Hotline, changes: dict[str, str], code: str) -> None:
    assert refusal(registers_people.add, sqlite_hotline, entries.CONSOLE, typed(**changes), NINE) == code


def test_an_employee_number_belongs_to_one_person(sqlite_hotline: Hotline) -> None:
    registers_people.add(sqlite_hotline, entries.CONSOLE, typed(), NINE)
    assert refusal(registers_people.add, sqlite_hotline, entries.CONSOLE, typed(user="other"), NINE) == "already_there"


def test_people_are_found_by_name_user_number_role_and_compound_in_pages(sqlite_hotline: Hotline) -> None:
    def found(*wish: str, page: int = 1) -> directory.Directory:
        return directory.directory(session, Wish(*wish), NINE, page)

    with sqlite_hotline.store.reading() as session:
        for wish, users in ((("王芳",), ["agent01"]), (("LUMBER0",), ["plumber01", "plumber02", "plumber03"]), (("100%",), []),
                            (("", "admin"), ["admin01"])):
            assert [p.user for p in found(*wish).found.rows] == users
        first, last = found().found, found(page=99).found
        assert (len(first.rows), first.pages, last.page) == (30, 2, 2)
        assert {p.user for p in first.rows}.isdisjoint(p.user for p in last.rows)
        narrowed = {p.user for p in found("", "pm", "QHJY").found.rows} | {p.user for p in found("", "pm", "WTL").found.rows}
        assert all(not person(sqlite_hotline, user).compounds or person(sqlite_hotline, user).compounds & {"QHJY", "WTL"} for user in narrowed)
        assert found("", "", "", Standing.GONE).found.total == 0


def test_the_list_says_who_is_on_duty_away_never_signed_in_switched_off_or_about_to_lose_a_certificate(sqlite_hotline: Hotline) -> None:
    admin, lead = person(sqlite_hotline, "admin01"), person(sqlite_hotline, "lead01")
    accounts.begin(sqlite_hotline, "agent01", "Chrome", NINE)
    registers_people.take_leave(sqlite_hotline, lead, "lead01", registers_typed.read(LEAVE, {"since": "2026-03-10", "until": "2026-03-10"}), NINE)
    registers_people.deactivate(sqlite_hotline, admin, "plumber03", NINE)
    ending = {**entry(sqlite_hotline, "plumber02"), "certificates": {"焊工证": ("", NINE + timedelta(days=20))}}
    registers_people.change(sqlite_hotline, admin, "plumber02", ending, NINE)
    with sqlite_hotline.store.reading() as session:
        shown = {stand: directory.directory(session, Wish(standing=stand), NINE) for stand in Standing}
        on_duty, everybody = set(facts.duty(session, NINE)) - {"lead01", "plumber03"}, facts.people(session)
    users = {stand: {p.user for p in one.found.rows} for stand, one in shown.items()}
    assert all(one.counts == shown[Standing.HERE].counts for one in shown.values())
    assert shown[Standing.ON_DUTY].counts[Standing.ON_DUTY] == len(on_duty)
    assert users[Standing.ON_DUTY] <= on_duty
    assert (users[Standing.AWAY], users[Standing.GONE]) == ({"lead01"}, {"plumber03"})
    assert "plumber02" in users[Standing.ENDING]
    assert shown[Standing.NEVER].counts[Standing.NEVER] == sum(p.can_sign_in and p.active for p in everybody.values()) - 1
    assert shown[Standing.HERE].signed_in == {"agent01": NINE}


def test_what_somebody_leaves_open_says_as_what(sqlite_hotline: Hotline) -> None:
    given = {"customer_name": "周敏", "content": "水管爆裂", "category": "101", "room": "梧桐里3栋2单元1602", "contact_phone": "19000000001"}
    number = tickets.open_ticket(sqlite_hotline, Act(Action.OPEN_TICKET, "agent01", given), "k", NINE).number
    tickets.carry_out(sqlite_hotline, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), "d", NINE)
    with sqlite_hotline.store.reading() as session:
        left = {user: [(one.number, one.parts) for one in directory.left_open(session, user)] for user in ("agent01", "plumber01", "agent02")}
    assert left == {"agent01": [(number, (Role.OWNER,))], "plumber01": [(number, (Role.HANDLER,))], "agent02": []}


def test_every_badge_is_told_in_words_of_both_languages_and_has_the_acts_the_rules_give_it(sqlite_hotline: Hotline) -> None:
    assert set(duties.DUTIES) == BADGES
    assert all(zh and en.isascii() for zh, en in duties.DUTIES.values())
    policy = sqlite_hotline.rulebook.policy
    assert Action.DISPATCH in duties.acts(policy, Role.DISPATCHER)
    assert duties.acts(policy, Role.AUDITOR) == []
    assert {Action.ACCEPT, Action.COMPLETE} <= set(duties.acts_on_theirs(policy, Role.TECHNICIAN)) - set(duties.acts(policy, Role.TECHNICIAN))
