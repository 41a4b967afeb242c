"""The survey's pages: planned, issued, answered on a telephone without a sign-in, typed in, called for, closed and published."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.surveys import Item
from callcenter.services.recurring import periods
from callcenter.services.surveys import closing
from callcenter.storage.survey_tables import SheetRow
from callcenter.storage.tables import CompoundRow, CustomerRow, MessageRow, PersonRow, RoomRow, TicketRow
from tests.web import office as offices
from tests.web.office import Hand, Office

FINE = {f"item-{item}": "satisfied" for item in Item}


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    """A compound of six homes beside the demo company's, and its half-year opened."""
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "reports", "tickets", "surveys", "survey_public", "registers"))
    with sqlite_hotline.store.transaction() as session:
        session.add(CompoundRow(code="HM", name="小院", region="东区"))
        session.execute(sa.update(PersonRow).where(PersonRow.user == "pm01").values(compounds=["WTL", "HM"]))
        session.flush()
        for n in range(1, 7):
            room = RoomRow(compound="HM", building="1", entrance="1", number=f"{n}01", text=f"小院1栋1单元{n}01", state="自住")
            session.add(room)
            session.flush()
            session.add(CustomerRow(room_id=room.id, name=f"住户{n}", relation="业主", phone=f"1900000010{n}", phone_key=f"+861900000010{n}"))
    periods.open_due(sqlite_hotline, made.hand.now)
    return made


def planned(office, **said):
    supervisor = office.visitor("supervisor01")
    form = {"planned_for": "2026-03-10", "closes_on": "2026-03-31", "share": "100", "way": "sms", "remind_after": "5", **said}
    return supervisor, supervisor.post("/surveys/plan/HM/2026H1", script=False, **form)


def issued(office, **said):
    supervisor, answer = planned(office, **said)
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert supervisor.post(page, script=False, do="issue").status_code == 303
    return supervisor, page


def links(office):
    with office.hotline.store.reading() as session:
        return [re.search(r"https://hotline\.example(/s/\S+)", text)[1] for text in session.scalars(
            sa.select(MessageRow.text).where(MessageRow.notice == "survey_invite").order_by(MessageRow.id))]


def stranger(office, language="zh"):
    client = office.app.test_client()
    client.set_cookie("language", language)
    return client


def answers(client, link, **form):
    page = client.get(link).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return client.post(link, data={"csrf_token": token[1] if token else "", **form})


def sheets(office):
    with office.hotline.store.reading() as session:
        return list(session.scalars(sa.select(SheetRow).order_by(SheetRow.id)))


def test_a_survey_goes_from_its_plan_to_the_page_everybody_reads(office):
    supervisor, page = issued(office)
    assert "征询中" in supervisor.page("/surveys")
    for link in links(office)[:5]:
        assert answers(stranger(office), link, **FINE).status_code == 303
    shown = supervisor.page(page)
    assert "5/6" in shown
    assert "100.0 %" in shown
    assert stranger(office).get("/survey/HM/2026H1").status_code == 404
    assert supervisor.post(page, script=False, do="close").status_code == 409, "the project manager's alone"
    manager = office.visitor("pm01")
    for do in ("close", "publish"):
        assert manager.post(page, script=False, do=do).status_code == 303
    public = stranger(office).get("/survey/HM/2026H1").get_data(as_text=True)
    assert "5/6" in public
    assert "住户" not in public
    assert "已公示" in manager.page("/surveys")
    closing.anonymise(office.hotline, office.hand.now)
    assert "100.0 %" in manager.page(page)


def test_a_plan_that_makes_no_sense_keeps_what_was_typed(office):
    _, answer = planned(office, closes_on="2026-03-01", share="95")
    assert answer.status_code == 422
    assert 'value="2026-03-01"' in answer.get_data(as_text=True)
    assert 'value="95"' in answer.get_data(as_text=True)
    _, answer = planned(office, way="pigeon")
    assert answer.status_code == 422


def test_a_resident_answers_without_a_sign_in_and_may_change_it(office):
    issued(office)
    link, client = links(office)[0], stranger(office)
    page = client.get(link)
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    text = page.get_data(as_text=True)
    assert "小院意见征询" in text
    assert not re.search("住户1|101|1900000", text), "the page names nobody and no home"
    assert answers(client, link, opinion="好", **{"item-desk": "fairly"}).status_code == 422
    again = answers(client, link, opinion="门禁坏了", request="yes", **FINE)
    assert again.status_code == 303
    assert "谢谢您的评价" in client.get(again.headers["Location"]).get_data(as_text=True)
    kept = client.get(link).get_data(as_text=True)
    assert "门禁坏了" in kept
    assert kept.count(" checked") == len(Item) + 1
    with office.hotline.store.reading() as session:
        assert session.scalar(sa.select(TicketRow.number).where(TicketRow.channel == "survey")) == sheets(office)[0].followup_ref


def test_a_link_that_opens_nothing_is_a_friendly_page_with_the_hotline(office):
    issued(office)
    link, client = links(office)[0], stranger(office, "en")
    forged = client.get(link[:-8] + "AAAAAAAA")
    assert (forged.status_code, "does not open" in forged.get_data(as_text=True)) == (404, True)
    office.hand.now += timedelta(days=40)
    late = client.get(link)
    assert (late.status_code, "has expired" in late.get_data(as_text=True)) == (410, True)
    assert "400-000-0000" in late.get_data(as_text=True)


def test_an_agent_types_sheets_in_one_after_the_other(office):
    _, page = issued(office, way="paper")
    agent = office.visitor("agent01")
    assert agent.page(f"{page}/enter").count("小院1栋1单元") == 6
    sheet = sheets(office)[2]
    entry = f"{page}/enter/{sheet.id}"
    assert "小院1栋1单元301" in agent.page(f"{page}/enter?q=301")
    answer = agent.post(entry, script=False, way="paper", **{"item-desk": "satisfied"})
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count(" checked") == 2, "the way and the one item stay chosen"
    assert agent.post(entry, script=False, way="paper", **FINE).status_code == 303
    assert sheets(office)[2].entered_by == "agent01"
    assert agent.post(f"{page}/enter/{sheets(office)[3].id}", script=False, way="visit", spoilt="blank").status_code == 303
    assert sheets(office)[3].spoilt == "blank"
    assert agent.page(f"{page}/enter").count("小院1栋1单元") == 4


def test_calls_are_listed_by_day_and_not_at_night(office):
    _, page = issued(office, way="phone")
    agent = office.visitor("agent01")
    listed = agent.page(f"{page}/calls")
    assert listed.count("致电并填写") == 6
    assert "19000000101" not in listed, "whole numbers stand on the opened sheet alone"
    sheet = sheets(office)[0].id
    assert "tel:19000000101" in agent.page(f"{page}/enter?sheet={sheet}&way=phone")
    assert agent.post(f"{page}/calls/{sheet}", script=False, result="no_answer").status_code == 303
    assert agent.page(f"{page}/calls").count("致电并填写") == 5
    office.hand.now += timedelta(hours=12)
    night = office.visitor("agent01").page(f"{page}/calls")
    assert "现在不在可以致电客户的时段" in night
    assert "致电并填写" not in night


def test_another_compound_s_survey_does_not_exist_for_those_who_do_not_look_after_it(office):
    _, page = issued(office)
    other = office.visitor("pm02")
    assert "小院" not in other.page("/surveys")
    for path in (page, "/surveys/plan/HM/2026H1", f"{page}/enter", f"{page}/calls"):
        other.page(path, 404)
    assert other.post(f"{page}/enter/{sheets(office)[0].id}", script=False, way="paper", **FINE).status_code == 404


def test_the_report_s_page_sends_to_the_sheets_where_there_are_any(office):
    _, page = issued(office)
    assert f'href="{page}"' in office.visitor("pm01").page("/reports/survey/2026H1?compound=HM")


@pytest.mark.parametrize("path", ["", "/enter", "/calls"])
def test_the_pages_speak_english_too(office, path):
    _, page = issued(office)
    answers(stranger(office), links(office)[0], **FINE)
    shown = office.visitor("supervisor01", "en").page(page + path)
    main = re.sub(r"<[^>]+>", " ", shown[shown.index("<main"):shown.index("</main>")])
    assert set(re.findall(r"[一-鿿]+", main)) <= {"小院", "小院1栋1单元", "栋", "单元"} | {f"住户{n}" for n in range(1, 7)} | {"住户"}
