"""The ledgers as browsers have them: what the table shows is what the export holds, masked, within one's compounds."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.services.ledgers import catalogue, jobs
from callcenter.storage.ledger_tables import ExportJobRow, SavedViewRow
from callcenter.storage.tables import AccessRow
from tests.web import office as offices
from tests.web.office import Hand, Office


@pytest.fixture
def office(sqlite_hotline, monkeypatch, tmp_path):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "tickets", "reports", "ledgers"))
    made.app.extensions["parts"].settings = replace(made.app.extensions["parts"].settings, data_dir=tmp_path)
    made.folder = tmp_path / "exports"
    return made


def taken(office, user="supervisor01", code="F02", **form):
    return office.visitor(user).post(f"/ledgers/{code}/export", script=False, **{"format": "csv", **form})


def lines_of(answer):
    """The lines of an exported list as dictionaries; the notes above its head are left out."""
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    start = next(n for n, row in enumerate(rows) if len(row) > 1)
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1:]]


def logged(office):
    with office.hotline.store.reading() as session:
        return [(r.by, r.what, r.unmasked, r.reason, r.about["lines"]) for r in session.scalars(sa.select(AccessRow).order_by(AccessRow.id))]


def total(page):
    return int(re.search(r'id="ledger-total">\D*(\d+)', page)[1])


def numbers(page):
    return re.findall(r'href="/tickets/([^"]+)"', page)


def test_a_ledger_is_masked_on_the_screen_and_in_the_file_and_that_it_was_taken_is_written_down(office):
    number = office.opens()
    page = office.visitor("supervisor01").page("/ledgers/F02")
    assert numbers(page) == [number]
    assert "周**" in page
    assert "周敏" not in page
    answer = taken(office)
    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    (row,) = lines_of(answer)
    assert (row["工单编号"], row["客户姓名"], row["住址"], row["联系方式"]) == (number, "周**", "梧桐里3栋***", "190****0001")
    assert (row["序号"], row["首问责任人"]) == ("1", "王芳")
    assert logged(office) == [("supervisor01", "export", False, "", 1)]


def test_only_quality_takes_names_and_numbers_in_full_and_only_with_a_reason(office):
    office.opens()
    assert taken(office, unmasked="yes", reason="想看").status_code == 403
    assert (taken(office, "quality01", unmasked="yes", reason=" ").status_code, logged(office)) == (422, [])
    whole = taken(office, "quality01", unmasked="yes", reason="投诉复核").get_data().decode("utf-8-sig")
    assert "梧桐里3栋2单元1602" in whole
    assert "19000000001" in whole
    assert "完整" in whole
    assert logged(office) == [("quality01", "export", True, "投诉复核", 1)]


def test_everybody_sees_and_takes_their_own_compounds_only(office):
    office.opens()
    mine = office.opens(room="青禾家园5栋1单元302", category="104", content="滴漏")
    page = office.visitor("pm02").page("/ledgers/F02")
    assert (total(page), numbers(page)) == (1, [mine])
    assert [row["工单编号"] for row in lines_of(taken(office, "pm02"))] == [mine]


ASKED = ({}, {"q": "滴漏"}, {"type": "urgent_repair"}, {"compound": "QH"}, {"building": "WTL:3"}, {"state": "new"}, {"overdue": "now"},
    {"overdue": "ever"},
         {"since": "2026-03-11"}, {"by": "closed"}, {"oldest_first": "1"}, {"category": "104", "q": "没有"}, {"dissatisfied": "1"})


def test_the_file_holds_the_lines_the_screen_counts_in_the_same_order(office):
    office.opens()
    office.hand.move(minutes=4)
    office.opens(room="青禾家园5栋1单元302", category="104", content="滴漏")
    supervisor, counts = office.visitor("supervisor01"), []
    for asked in ASKED:
        page = supervisor.client.get("/ledgers/F02", query_string=asked).get_data(as_text=True)
        rows = lines_of(supervisor.post("/ledgers/F02/export", script=False, format="csv", **asked))
        assert [row["工单编号"] for row in rows] == numbers(page), asked
        assert len(rows) == total(page) == logged(office)[-1][-1], asked
        counts.append(len(rows))
    assert counts == [2, 1, 1, 1, 1, 2, 1, 1, 0, 0, 2, 0, 0]


def test_pages_follow_one_another_by_key_and_back_and_miss_nobody(office, monkeypatch):
    monkeypatch.setattr("callcenter.services.ledgers.reading.PER_PAGE", 2)
    monkeypatch.setattr("callcenter.services.ledgers.reading.Reader.page.__defaults__", ("", "", 2))
    made = [office.opens(content=f"第{n}件", category="104") for n in range(5)]  # all in the same millisecond
    lead, address, seen = office.visitor("lead01"), "/ledgers/F02", []
    while address:
        page = lead.page(address)
        seen.append(numbers(page))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else None
    assert [number for one in seen for number in one] == made[::-1]
    newer = re.search(r'rel="prev" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert numbers(lead.page(newer)) == seen[1]
    assert numbers(lead.page("/ledgers/F02?after=nonsense")) == seen[0]


def test_every_ledger_opens_prints_and_is_taken_in_both_languages(office):
    office.opens()
    chinese, english = (office.visitor("supervisor01", language) for language in ("zh", "en"))
    names = r"<option[^>]*>[^<]*</option>|<[^>]+>|梧桐里\S*|和邻物业服务|厨房水管爆裂|[周沈王]\S*"
    for code in catalogue.LEDGERS:
        for path in (f"/ledgers/{code}", f"/ledgers/{code}?q=3&oldest_first=1", f"/ledgers/{code}/print"):
            chinese.page(path)
            page = english.page(path)
            assert re.findall(r"[一-鿿]+", re.sub(names, " ", page[page.index("<main"):page.index("</main>")])) == [], path
        assert english.post(f"/ledgers/{code}/export", script=False, format="csv").status_code == 200


def test_an_agent_reads_ledgers_but_takes_nothing_and_a_department_head_sees_no_calls(office):
    agent = office.visitor("agent01")
    assert "/export" not in agent.page("/ledgers/F02")
    assert taken(office, "agent01").status_code == 403
    agent.page("/ledgers/exports", 403)
    head = office.visitor("engineering01")
    head.page("/ledgers/F01", 404)
    assert "F01" not in head.page("/ledgers")
    office.visitor("plumber01").page("/ledgers", 403)
    head.page("/ledgers/F99", 404)


def test_who_may_not_know_of_a_follow_up_call_sees_the_work_as_completed(office):
    number = office.opens()
    for action, by, fields in (("dispatch", "dispatcher01", {"to": "plumber01"}), ("accept", "plumber01", {}), ("arrive", "plumber01", {}),
                               ("complete", "plumber01", {"result": "换阀芯", "result_explained": True}), ("return_slip", "plumber01", {})):
        office.does(number, action, by, **fields)
    assert 'data-state="callback_due"' in office.visitor("supervisor01").page("/ledgers/F02")
    head = office.visitor("engineering01").page("/ledgers/F02")
    assert number in head
    assert 'data-state="callback_due"' not in head
    assert number not in numbers(office.visitor("engineering01").page("/ledgers/F02?state=callback_due"))


def test_columns_are_chosen_by_the_address(office):
    office.opens()
    page = office.visitor("supervisor01").page("/ledgers/F02?col=ticket_no&col=registrar&col=nothing")
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)', page) == ["工单编号", "登记人"]
    row = lines_of(taken(office, col="registrar", all_columns="no"))[0]
    assert list(row) == ["序号", "登记人"]


def test_a_view_is_saved_shared_counted_and_deleted_only_by_its_owner(office):
    office.opens()
    lead = office.visitor("lead01")
    saved = lead.post("/ledgers/F02/views", script=False, name=" 急修  在办 ", type="urgent_repair", col=["ticket_no", "state"],
                      share=["supervisor", "nobody"], counted="yes")
    assert saved.status_code == 303
    assert "view=1" in saved.location
    assert "急修 在办" in lead.page(saved.location)
    assert lead.post("/ledgers/F02/views", script=False, name="急修 在办").status_code == 422
    with office.hotline.store.reading() as session:
        row = session.scalars(sa.select(SavedViewRow)).one()
        assert (row.filters, row.columns, row.shared_with) == ({"type": "urgent_repair"}, ["ticket_no", "state"], ["supervisor"])
    shown = office.visitor("supervisor01")
    page = shown.page("/ledgers")
    assert re.search(r"急修 在办</b>\s*<span class=\"chip num\">1<", page)
    assert "/ledgers/views/1" not in page
    assert shown.post("/ledgers/views/1", script=False, do="delete").status_code == 404
    assert "急修 在办" not in office.visitor("quality01").page("/ledgers")
    assert lead.post("/ledgers/views/1", script=False, name="急修", share=[]).status_code == 303
    assert "急修" not in shown.page("/ledgers").partition("全部台帐")[0].partition("<main")[2]
    assert lead.post("/ledgers/views/1", script=False, do="delete").status_code == 303
    with office.hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SavedViewRow)) == 0


@pytest.fixture
def queued(office):
    """An office where every export is a long one, and one that was asked for."""
    office.app.config["EXPORT_AT_ONCE"] = 0
    office.opens()
    answer = taken(office, format="xlsx")
    assert (answer.status_code, answer.location) == (303, "/ledgers/exports/1")
    return office


def fetched(visitor, key=1):
    """Status and bytes of a finished file."""
    answer = visitor.client.get(f"/ledgers/exports/{key}/file")
    held = answer.get_data()
    answer.close()
    return answer.status_code, held, answer.headers.get("Content-Disposition", "")


def written(office):
    return jobs.write_waiting(office.hotline, office.folder, "test", lambda: office.hand.now)


def test_a_long_export_is_written_in_the_background_and_fetched_by_whoever_asked(queued):
    owner = queued.visitor("supervisor01")
    assert "等待写入" in owner.page("/ledgers/exports/1")
    assert fetched(owner)[0] == 409
    assert written(queued) == 1
    assert "可以下载" in owner.fragment("/ledgers/exports/1")
    status, held, name = fetched(owner)
    assert (status, held[:2], name[-5:]) == (200, b"PK", ".xlsx")
    for other in ("quality01", "pm01"):
        assert queued.visitor(other).client.get("/ledgers/exports/1").status_code == 404
        assert fetched(queued.visitor(other))[0] == 404
    assert [what for _, what, *_ in logged(queued)] == ["export", "export_file"]


def test_a_cancelled_export_is_never_written_and_a_finished_one_is_thrown_away(queued):
    owner = queued.visitor("supervisor01")
    assert owner.post("/ledgers/exports/1/cancel", script=False).status_code == 303
    assert written(queued) == 0
    assert owner.post("/ledgers/exports/1/cancel", script=False).status_code == 409
    taken(queued)
    assert written(queued) == 1
    assert len(list(queued.folder.iterdir())) == 1
    owner.post("/ledgers/exports/2/cancel", script=False)
    assert list(queued.folder.iterdir()) == []
    assert fetched(owner, 2)[0] == 409


def test_a_file_lies_there_for_a_day_and_is_then_deleted(queued):
    written(queued)
    owner = queued.visitor("supervisor01")
    queued.hand.now += timedelta(hours=24) - timedelta(milliseconds=1)
    assert jobs.expire(queued.hotline, queued.folder, queued.hand.now) == 0
    assert fetched(owner)[0] == 200
    queued.hand.now += timedelta(milliseconds=1)
    assert fetched(owner)[0] == 409
    assert jobs.expire(queued.hotline, queued.folder, queued.hand.now) == 1
    assert list(queued.folder.iterdir()) == []
    assert "已过期删除" in owner.page("/ledgers/exports")


def test_nobody_has_more_than_three_exports_under_way(queued):
    assert [taken(queued).status_code for _ in range(3)] == [303, 303, 422]
    with queued.hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ExportJobRow)) == 3


@pytest.mark.parametrize("wrong", [{"format": "pdf"}, {"format": ""}])
def test_an_export_in_no_known_format_is_refused_and_not_logged(office, wrong):
    assert taken(office, **wrong).status_code == 422
    assert logged(office) == []
    assert taken(office, code="everything").status_code == 404
