"""Files taken in: every fault with its line, nothing written unless all is right, nothing twice."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from callcenter.domain import refusals
from callcenter.domain.registers import SHEETS, Register
from callcenter.domain.ticket import Refused
from callcenter.services import calendar
from callcenter.services.hotline import Hotline
from callcenter.services.people import People
from callcenter.services.registers import entries
from callcenter.services.registers import first as registers_first
from callcenter.services.registers.importing import take_in, template
from callcenter.services.rulebook import Rulebook
from callcenter.storage import facts, ledger, schema
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import CompoundRow, CustomerRow, DutyRow, EventRow, PersonRow, RoomRow
from tests.emptied import Emptied
from tests.servers import fresh_postgres_database

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
ORDER = ("rooms", "customers", "people", "roster", "calendar")


@pytest.fixture(scope="module")
def bare_sqlite(tmp_path_factory) -> Path:
    """A SQLite file with the tables and nobody in them, to be copied."""
    path = tmp_path_factory.mktemp("bare") / "own.sqlite3"
    made(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def bare_postgres(postgres_url) -> Iterator[Emptied]:
    """The same on PostgreSQL, brought back to nobody for each test."""
    with fresh_postgres_database(postgres_url) as url:
        made(url)
        emptied = Emptied(postgres_url, url.split("://postgres@/")[1].split("?")[0])
        yield emptied
        emptied.end()


def made(url: str) -> None:
    """Today's tables, empty."""
    engine = make_engine(url)
    schema.create_at_once(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request, tmp_path) -> Iterator[Hotline]:
    """A company's own hotline on its first day."""
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('bare_sqlite'), tmp_path)}"
    else:
        url = request.getfixturevalue("bare_postgres").again()
    engine = make_engine(url)
    hotline = Hotline(Store(engine), Rulebook())
    hotline.rulebook.install(hotline.store, NOW)
    yield hotline
    engine.dispose()


def rows(hotline: Hotline, table) -> int:
    with hotline.store.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table))


def said(taken) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, refusals.text(fault.why)) for fault in taken.faults]


def test_the_templates_are_files_that_can_be_taken_in_and_a_second_run_changes_nothing(empty: Hotline) -> None:
    for kind in ORDER:
        first = take_in(empty, kind, template(kind).encode(), f"{kind}.csv", NOW)
        assert (said(first), first.counts, first.written) == ([], {"added": 1, "changed": 0, "same": 0}, True), kind
    events = rows(empty, EventRow)
    for kind in ORDER:
        assert take_in(empty, kind, template(kind).encode(), f"{kind}.csv", NOW).counts == {"added": 0, "changed": 0, "same": 1}, kind
    assert rows(empty, EventRow) == events
    with empty.store.reading() as session:
        assert list(ledger.faults(session)) == []
        room = session.scalars(sa.select(RoomRow)).one()
        assert (room.compound, room.text, room.area) == ("WTL", "梧桐里3栋2单元1602", 98.5)
        assert session.scalars(sa.select(CustomerRow)).one().phone_key == "+8619000000001"
        assert facts.people(session)["dingliang"].certificates["低压电工证"].year == 2028
        turn = session.scalars(sa.select(DutyRow)).one()
        assert (turn.start_at, turn.end_at) == (datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(2026, 12, 2, 0, tzinfo=UTC))
        assert calendar.is_workday(date(2027, 2, 6), session) == (False, "file")
        assert [(k.by, k.reason) for k in entries.history(session, Register.ROOMS, str(room.id), {"lead"})] == [("system", "rooms.csv")]


def test_one_wrong_line_keeps_the_whole_file_out_and_every_fault_is_named_with_its_line(empty: Hotline) -> None:
    file = ("region,compound_code,compound,building,entrance,number,state,area,handed_over\n"
            "东区,WTL,梧桐里,3,2,1602,自住,98.5,2025-06-15\n"
            "东区,WTL,,3,2,1603,城堡,大,2025-02-30\n"
            "\n"
            "东区,WTL,梧桐里,3,2,1602,自住,98.5,2025-06-15\n")
    taken = take_in(empty, "rooms", file.encode(), "rooms.csv", NOW)
    assert [(line, column) for line, column, _ in said(taken)] == [(3, "compound"), (3, "state"), (3, "area"), (3, "handed_over"), (5, "")]
    assert said(taken)[-1][2] == "与第 2 行完全相同"
    assert not taken.written
    assert (rows(empty, RoomRow), rows(empty, CompoundRow), rows(empty, EventRow)) == (0, 0, 0)


def test_checking_writes_nothing_and_says_what_would_be(empty: Hotline) -> None:
    taken = take_in(empty, "rooms", template("rooms").encode(), "rooms.csv", NOW, check=True)
    assert (taken.counts["added"], taken.faults, taken.written) == (1, [], False)
    assert rows(empty, RoomRow) == 0


def test_a_file_that_has_changed_changes_what_it_named(empty: Hotline) -> None:
    take_in(empty, "rooms", template("rooms").encode(), "rooms.csv", NOW)
    taken = take_in(empty, "rooms", template("rooms").replace("自住", "出租").encode(), "rooms2.csv", NOW)
    assert taken.counts == {"added": 0, "changed": 1, "same": 0}
    with empty.store.reading() as session:
        kept = entries.history(session, Register.ROOMS, str(session.scalars(sa.select(RoomRow.id)).one()), {"lead"})
        assert (kept[0].fields, kept[0].reason) == ({"state": ("自住", "出租")}, "rooms2.csv")


def test_spreadsheets_in_chinese_are_read_as_they_come(empty: Hotline) -> None:
    file = "区域,小区代码,小区,楼栋,单元,房号\r\n西区,WJ,望江苑,1,1,101\r\n".encode("gb18030")
    assert take_in(empty, "rooms", file, "房屋.csv", NOW).counts["added"] == 1
    with empty.store.reading() as session:
        assert session.scalars(sa.select(RoomRow.text)).one() == "望江苑1栋1单元101"


@pytest.mark.parametrize(("file", "expected"), [
    ("", [(1, "", "还缺:用户名、人员…")]),
    ("user,name,roles,shoe\n", [(1, "shoe", "不认识的栏目 shoe")]),
    ("user,user,name,roles\n", [(1, "user", "已经有了:用户名"), (1, "user", "已经有了:用户名")]),
    ('user,name,roles\n"wang,王,坐席\n', [(2, "", "不是能读的 CSV")]),
])
def test_a_header_that_is_not_ours_is_told_before_any_line_is_read(empty: Hotline, file: str, expected) -> None:
    taken = take_in(empty, "people", file.encode(), "people.csv", NOW)
    assert [(line, column) for line, column, _ in said(taken)] == [(line, column) for line, column, _ in expected]
    assert not taken.written


def test_a_customer_of_no_room_and_a_turn_of_nobody_are_faults(empty: Hotline) -> None:
    for kind, code in (("customers", "unknown_place"), ("roster", "unknown_person")):
        assert [fault.why.code for fault in take_in(empty, kind, template(kind).encode(), kind, NOW).faults] == [code]
    assert rows(empty, CustomerRow) == rows(empty, DutyRow) == 0


def test_the_first_administrator_is_entered_once_and_signs_in(empty: Hotline) -> None:
    registers_first.add_admin(empty, "钟诚", "zhongcheng", "correct horse", NOW)
    badge = People(empty.store).check("zhongcheng", "correct horse", NOW)
    assert badge is not None
    assert badge.roles == {"admin"}
    with pytest.raises(Refused) as refused:
        registers_first.add_admin(empty, "另一位", "other", "correct horse", NOW)
    assert refused.value.code == "admin_exists"
    registers_first.add_admin(empty, "另一位", "other", "correct horse", NOW, again=True)
    assert rows(empty, PersonRow) == 2


def test_a_short_password_enters_nobody(empty: Hotline) -> None:
    with pytest.raises(Refused):
        registers_first.add_admin(empty, "钟诚", "zhongcheng", "short", NOW)
    assert rows(empty, PersonRow) == 0


def test_every_example_fills_every_column() -> None:
    assert all(set(sheet.example) == {column.name for column in sheet.columns} for sheet in SHEETS.values())
