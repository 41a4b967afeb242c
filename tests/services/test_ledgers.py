"""Ledgers and their files: the same on both databases, workbooks that other programs read as the CSV says, jobs that survive whoever writes them."""

import csv
import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.ledgers import catalogue, cells, files, filters, jobs, taking
from callcenter.services.ledgers.columns import column
from callcenter.services.ledgers.files import Head
from callcenter.services.ledgers.reading import Asked, Reader
from callcenter.services.recurring import shifts
from callcenter.services.telephone import calls
from callcenter.storage.ledger_tables import ExportJobRow
from callcenter.work import ticking
from callcenter.work.waking import Waker
from tests.hotlines import NINE

SOFFICE = shutil.which("soffice")
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def day_of_work(hotline):
    """A repair from registration to the follow-up call and its consequences, a complaint, a shift handed over: something in most ledgers."""
    keys = iter(range(1000))

    def opens(**fields):
        given = {"customer_name": "周敏", "content": "=cmd|'/c calc'!A1", "category": "101", "room": "梧桐里3栋2单元1602",
            "contact_phone": "19000000001"}
        act = Act(Action.OPEN_TICKET, "agent01", {**given, **fields})
        return tickets.open_ticket(hotline, act, f"open-{next(keys)}", NINE).number

    def does(number, action, by, minutes, **fields):
        tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"does-{next(keys)}", NINE + timedelta(minutes=minutes))

    number = opens(remark="第一行\n第二行,含逗号")
    for action, by, minutes, fields in (
            ("dispatch", "dispatcher01", 1, {"to": "plumber01"}), ("accept", "plumber01", 2, {}), ("arrive", "plumber01", 20, {}),
            ("complete", "plumber01", 50, {"result": "换阀芯", "result_explained": True, "fault_cause": "老化", "materials": "阀芯/DN20/2 个/35 元",
                                           "labour_fee": 30.5, "work_minutes": 25, "signature": "周敏"}),
            ("return_slip", "plumber01", 55, {}), ("supervise", "supervisor01", 56, {"reason": "业主多次来电", "department": "engineering"}),
            ("record_callback", "callback01", 60, {"contact_result": "reached", "satisfaction": "dissatisfied", "reason": "+又漏了"}),
            ("send_notice", "supervisor01", 70, {"department": "engineering", "problem": "返修", "due_at": NINE + timedelta(hours=8),
                                                 "specialist": "callback01"})):
        does(number, action, by, minutes, **fields)
    opens(category="903", content="保安态度不好", accused_dept="order", demand="道歉", channel="walk_in", visited_at=NINE - timedelta(minutes=3))
    shifts.start(hotline, "agent01", "s1", NINE)
    shifts.hand_over(hotline, "agent01", "agent02", "夜班注意 3 栋水管", "h1", NINE + timedelta(hours=7))
    calls.arrive(hotline, "CA1", "+8619000000001", NINE)
    return number


@pytest.fixture
def worked(sqlite_hotline):
    day_of_work(sqlite_hotline)
    return sqlite_hotline


NOW = NINE + timedelta(hours=8)
FILLED = {"F01": 1, "F02": 2, "F03": 1, "F04": 1, "F05": 1, "F10": 1, "F12": 1, "F13": 1, "F17": 1}


def listed(hotline, code, ending, language="zh", **more):
    wish = taking.Wish(catalogue.LEDGERS[code], filters.read(catalogue.LEDGERS[code], {}), ending=ending, language=language, **more)
    with hotline.store.reading() as session:
        head, rows = taking.lines(hotline, session, wish, "supervisor01", NOW)
        return b"".join(files.FORMATS[ending][0](head, rows))


def test_every_ledger_counts_pages_and_lists_the_same_lines_on_both_databases(hotline):
    day_of_work(hotline)
    counts = {}
    with hotline.store.reading() as session:
        for code, ledger in catalogue.LEDGERS.items():
            for asked in ({}, {"q": "水 1", "overdue": "ever", "dissatisfied": "1", "building": "WTL:3", "technician": "plumber01",
                "department": "order", "accused": "order",
                               "channel": "phone", "since": "2026-03-01", "until": "2026-04-01", "compound": "WTL", "owner": "agent01"}):
                reader = Reader(hotline, session, Asked(ledger, filters.read(ledger, asked), "supervisor01", "zh", NOW))
                total = reader.count()
                assert total == len(reader.page().entries) == sum(1 for _ in reader.entries()) == reader.count(1000)
                if not asked and total and code != "F11":
                    counts[code] = total
        asked = [Asked(ledger, filters.read(ledger, {"accused": named}), "supervisor01", "zh", NOW) for code, named in (
            ("F05", "order"), ("F05", "customer_service"), ("F12", "order"), ("F02", "order"), ("F05", "nobody"))
            for ledger in [catalogue.LEDGERS[code]]]
        about = [Reader(hotline, session, one).count() for one in asked]
    assert about == [1, 0, 1, 2, 1]  # a repair is about nobody, and knows no such filter
    assert counts == FILLED


def sheet_of(held):
    """The cells of a workbook's first sheet as its XML says them: (row, column) → type, style and text."""
    with zipfile.ZipFile(io.BytesIO(held)) as book:
        names, page = book.namelist(), ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared = [("".join(t.text or "" for t in si.iter(f"{NAMESPACE}t"))) for si in ET.fromstring(book.read("xl/sharedStrings.xml"))] \
            if "xl/sharedStrings.xml" in names else []
    found = {}
    for cell in page.iter(f"{NAMESPACE}c"):
        kind, value, inline = cell.get("t"), cell.find(f"{NAMESPACE}v"), cell.find(f"{NAMESPACE}is")
        text = "".join(t.text or "" for t in inline.iter(f"{NAMESPACE}t")) if inline is not None else (value.text if value is not None else "")
        found[cell.get("r")] = (kind, shared[int(text)] if kind == "s" else text, cell.find(f"{NAMESPACE}f"))
    return page, found


@pytest.mark.parametrize("code", ["F02", "F03"])
def test_a_workbook_holds_times_as_times_numbers_as_numbers_and_formulas_only_in_its_sums(worked, code):
    page, held = sheet_of(listed(worked, code, "xlsx"))
    titles = {text: re.sub(r"\d", "", place) for place, (_, text, _) in held.items() if re.sub(r"\D", "", place) == "4"}
    assert {place for place, (_, _, formula) in held.items() if formula is not None} == {
        f"{titles[name]}{5 + FILLED[code]}" for name in ({"延期次数"} if code == "F02" else {"工时(分钟)", "人工费", "合计"})}
    line = 5 if code == "F03" else 6
    if code == "F02":
        kind, serial, _ = held[f"{titles['报修时间']}{line}"]
        assert (kind, datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=float(serial))) == (None, datetime(2026, 3, 10, 9, tzinfo=UTC))
        assert held[f"{titles['报修内容']}{line}"][1] == "=cmd|'/c calc'!A1"
        assert held[f"{titles['客户姓名']}{line}"][1] == "周**"
    else:
        assert held[f"{titles['人工费']}{line}"] == (None, "30.5", None)
        assert [held[f"{titles[n]}{line + 1}"][1] for n in ("工时(分钟)", "人工费", "合计")] == ["25", "30.5", "100.5"]
    setup = page.find(f"{NAMESPACE}pageSetup")
    assert (setup.get("paperSize"), setup.get("orientation"), setup.get("fitToHeight")) == ("9", "landscape", "0")
    assert page.find(f"{NAMESPACE}autoFilter").get("ref").startswith("A4:")
    pane = page.find(f"{NAMESPACE}sheetViews/{NAMESPACE}sheetView/{NAMESPACE}pane")
    assert (pane.get("state"), pane.get("ySplit")) == ("frozen", "4")


def rows_of(held):
    return list(csv.reader(io.StringIO(held.decode("utf-8-sig"))))


def amount(cell):
    """30.50 and 30.5 are the same amount."""
    return str(float(cell)) if re.fullmatch(r"\d+\.\d+", cell) else cell


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice: apt-get install --no-install-recommends libreoffice-calc")
def test_libreoffice_reads_every_workbook_as_the_csv_says_it(worked, tmp_path):
    said = {}
    for code in FILLED:
        (tmp_path / f"{code}.xlsx").write_bytes(listed(worked, code, "xlsx"))
        said[code] = rows_of(listed(worked, code, "csv"))
    subprocess.run([SOFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to",
                    "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "--outdir", str(tmp_path / "out"),
                    *(str(tmp_path / f"{code}.xlsx") for code in FILLED)], check=True, capture_output=True, timeout=240)
    for code, expected in said.items():
        read = rows_of((tmp_path / "out" / f"{code}.csv").read_bytes())
        read = [row for row in read if row[0] != "合计"]
        assert [[cell for cell in row if cell] for row in read[:3]] == expected[:3], code
        meant = [[amount(cell.removeprefix("'")) for cell in row] for row in expected[3:]]
        assert [[amount(cell) for cell in row] for row in read[3:]] == meant, code


@pytest.mark.parametrize(("cell", "safe"), [("=1+1", "'=1+1"), ("+8613800000000", "'+8613800000000"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"),
                                            ("\t=1", "'\t=1"), ("水管=漏", "水管=漏"), ("", ""), (-2, "-2"), (1.5, "1.50")])
def test_no_cell_is_a_formula_to_a_spreadsheet(cell, safe):
    assert cells.plain(cell, "zh") == safe
    head = Head("表", ("注",), (column("a|甲|A", lambda e: None),), "zh")
    _, held = sheet_of(b"".join(files.as_xlsx(head, [[cell]])))
    assert {formula for _, _, formula in held.values()} == {None}


def test_a_list_longer_than_a_sheet_goes_on_on_the_next_with_its_own_head(tmp_path):
    head = Head("表", (), (column("a|甲|A", lambda e: None, total=True),), "zh")
    files.write_xlsx(tmp_path / "long.xlsx", head, ([n] for n in range(5)), per_sheet=2)
    with zipfile.ZipFile(tmp_path / "long.xlsx") as book:
        pages = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2, 3)]
    assert [page.count("<row ") for page in pages] == [5, 5, 4]


def test_english_lists_speak_english_and_name_their_filters(worked):
    wish = taking.Wish(catalogue.LEDGERS["F02"], filters.read(catalogue.LEDGERS["F02"], {"type": "urgent_repair", "since": "2026-03-01"}),
        language="en")
    with worked.store.reading() as session:
        head, rows = taking.lines(worked, session, wish, "supervisor01", NOW)
        assert (head.title, head.notes[0]) == ("Repair ledger", "Filters: Received 2026-03-01 – …; Type Urgent repair")
        assert "1 lines" in head.notes[1]
        assert len(list(rows)) == 1


def asked_job(hotline, **more):
    wish = taking.Wish(catalogue.LEDGERS["F02"], filters.read(catalogue.LEDGERS["F02"], {}), ending="csv", **more)
    return jobs.ask(hotline, wish, "supervisor01", NOW)


def job(hotline, key):
    with hotline.store.reading() as session:
        return session.get_one(ExportJobRow, key)


def test_a_job_is_written_once_on_both_databases_however_many_would_write_it(hotline, tmp_path):
    day_of_work(hotline)
    key = asked_job(hotline)
    assert [jobs.write_waiting(hotline, tmp_path, name, lambda: NOW) for name in ("one", "two")] == [1, 0]
    done = job(hotline, key)
    assert (done.state, done.lines, done.total, done.worker) == ("ready", 2, 2, "one")
    assert len(rows_of((tmp_path / done.file).read_bytes())) == 3 + 1 + 2
    assert (tmp_path / done.file).stat().st_mode & 0o777 == 0o600


def test_a_job_cancelled_while_it_is_written_stops_and_leaves_nothing(worked, tmp_path, monkeypatch):
    key = asked_job(worked)
    monkeypatch.setattr(jobs, "EVERY", 1)

    def lines(hotline, session, wish, user, now):
        def rows():
            yield ["a"]
            jobs.cancel(worked, tmp_path / "exports", key, "supervisor01", NOW)
            yield ["b"]
        return Head("表", (), (column("a|甲|A", lambda e: None),), "zh"), rows()

    monkeypatch.setattr(taking, "lines", lines)
    jobs.write_waiting(worked, tmp_path / "exports", "one", lambda: NOW)
    assert job(worked, key).state == "cancelled"
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_job_whose_writer_died_begins_anew_and_the_late_writer_changes_nothing(worked, tmp_path):
    key = asked_job(worked)
    assert jobs._take(worked, "dead", NOW, timedelta()) is not None
    assert jobs.write_waiting(worked, tmp_path / "exports", "next", lambda: NOW + jobs.SILENT) == 0
    assert jobs.write_waiting(worked, tmp_path / "exports", "next", lambda: NOW + jobs.SILENT + timedelta(milliseconds=1)) == 1
    with pytest.raises(jobs.Cancelled):
        jobs._tell(worked, key, "dead", 1, NOW)
    assert job(worked, key).worker == "next"


def test_a_job_that_fails_says_so_and_leaves_nothing(worked, tmp_path, monkeypatch):
    key = asked_job(worked)
    monkeypatch.setattr(jobs, "as_csv", lambda head, rows: iter([1 / 0]))
    jobs.write_waiting(worked, tmp_path / "exports", "one", lambda: NOW)
    assert (job(worked, key).state, job(worked, key).file) == ("failed", None)
    assert list((tmp_path / "exports").iterdir()) == []


def test_without_redis_and_worker_the_clock_writes_the_list_after_a_quarter_of_a_minute(worked, tmp_path, monkeypatch):
    waker = Waker("unix:///nowhere/redis.sock", lambda *_, **__: None)
    worked.store.wake = waker.wake  # nobody hears of it, and asking is not refused
    key = asked_job(worked)
    now = NOW
    monkeypatch.setattr("callcenter.clock.now", lambda: now)
    clock_ = ticking.Ticker(worked, None, waker, tmp_path / "exports")
    now = NOW + ticking.UNWRITTEN - timedelta(milliseconds=1)
    clock_._write_exports()
    assert job(worked, key).state == "waiting"
    now = NOW + ticking.UNWRITTEN
    clock_._write_exports()
    assert job(worked, key).state == "ready"
    clock_._expire_exports(NOW + timedelta(hours=25))
    assert (job(worked, key).state, list((tmp_path / "exports").iterdir())) == ("expired", [])


def test_a_job_unmasked_is_for_quality_with_a_reason_alone(worked):
    with pytest.raises(Refused) as no:
        asked_job(worked, unmasked=True, reason="看看")
    assert no.value.code == "not_allowed"
