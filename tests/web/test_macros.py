"""Texts kept ready: one's own and everybody's, filled in for the ticket at hand, never with words a customer must not hear."""

import re

import pytest

from callcenter.domain.macros import Blank, MacroKind, blanks, filled, unknown
from callcenter.services.demo import ready_texts
from callcenter.services.desk import macros
from callcenter.services.messages import texts
from callcenter.services.telephone import calls
from callcenter.storage import ledger
from callcenter.storage.desk_tables import MacroRow
from callcenter.storage.tables import sa
from tests.hotlines import NINE
from tests.telephony.twilio_posts import message_sid
from tests.web.office import Hand, Office, application

TEXT = {"title": "已派单", "kind": "reply", "body": "您好{客户姓名}，{编号} 已派单，{承诺时间} 前完成，责任人{责任人}。", "position": "2"}


#: the first key after those of the demo company
FIRST = len(ready_texts.rows()) + 1


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    with sqlite_hotline.store.transaction() as session:
        session.execute(sa.update(MacroRow).values(retired_at=NINE))  # those of the demo company
    office = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    office.app = application(sqlite_hotline, ("acts", "desk", "talk", "tickets", "followups", "texts", "macros"))
    return office


def rows(office) -> list[MacroRow]:
    """What was added here."""
    with office.hotline.store.reading() as session:
        return list(session.scalars(sa.select(MacroRow).where(MacroRow.id >= FIRST).order_by(MacroRow.id)))


def offered(visitor, kind="reply", **where):
    asked = "&".join(f"{k}={v}" for k, v in {"kind": kind, **where}.items())
    return visitor.client.get(f"/macros/ready?{asked}", headers={"X-Partial": "1"}).json


def test_a_blank_is_known_by_either_name_and_a_text_that_lacks_something_says_what():
    body = "{编号}、{ owner }、｛承诺时间｝、{天气}"
    assert blanks(body) == [Blank.NUMBER, Blank.OWNER, Blank.PROMISE]
    assert unknown(body) == ["天气"]
    assert filled("{number}:{owner}", {Blank.NUMBER: "JX1", Blank.OWNER: "王芳"}) == ("JX1:王芳", [])
    assert filled("{编号}{owner}", {Blank.OWNER: "王芳"}) == ("{编号}王芳", [Blank.NUMBER])


def test_a_text_of_ones_own_is_offered_to_oneself_alone_filled_in_from_the_ticket_beside_the_field(office):
    number = office.opens()
    agent, colleague = office.visitor("agent01"), office.visitor("agent02")
    assert agent.post("/macros", **TEXT).headers["X-Location"] == "/macros"
    (one,) = offered(agent, ticket=number)
    assert re.fullmatch(rf"您好周敏，{number} 已派单，[^{{}}]+ 前完成，责任人王芳。", one["text"])
    assert one["lacks"] == ""
    assert offered(agent, kind="note", ticket=number) == []
    assert offered(colleague, ticket=number) == []
    assert offered(agent)[0]["lacks"] == "这里没有：客户姓名、编号、承诺时间、责任人"
    form = agent.fragment(f"/tickets/{number}/acts/reply")
    assert re.search(rf'data-picks="f-reply-text" data-src="/macros/ready\?kind=reply&amp;ticket={number}"', form)
    assert agent.client.get("/macros/ready?kind=reply&ticket=JX19990101-0001").status_code == 404
    assert agent.client.get("/macros/ready?kind=song").status_code == 400


def test_everybodys_texts_are_kept_by_leads_and_supervisors_with_their_history(office):
    agent, lead = office.visitor("agent01"), office.visitor("lead01")
    assert agent.post("/macros", shared="yes", **TEXT).status_code == 403
    lead.post("/macros", shared="yes", **TEXT)
    (row,) = rows(office)
    assert row.owner is None
    assert "修改" not in agent.page("/macros").split(f'id="macro-{FIRST}-line"')[1]
    assert agent.client.get(f"/macros?edit={FIRST}").status_code == 404
    assert agent.post(f"/macros/{FIRST}", **TEXT).status_code == 403
    assert [one["title"] for one in offered(agent)] == ["已派单"]
    form = lead.page(f"/macros?edit={FIRST}")
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    assert lead.post(f"/macros/{FIRST}", version=version, **TEXT | {"title": "派单了"}).status_code == 204
    late = office.visitor("supervisor01").post(f"/macros/{FIRST}", version=version, **TEXT | {"title": "别的"})
    assert (late.status_code, late.json["error"]) == (409, "changed_meanwhile")
    lead.post(f"/macros/{FIRST}", do="retire")
    assert offered(agent) == []
    assert "已派单" not in agent.page("/macros")
    lead.post(f"/macros/{FIRST}", do="back")
    assert [one["title"] for one in offered(agent)] == ["派单了"]
    page = lead.page(f"/macros?edit={FIRST}")
    assert re.search(r'id="history".*<span class="chip[^"]*">4</span>', page)
    with office.hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []


@pytest.mark.parametrize(("field", "typed", "said"), [
    ("title", "", "必填"), ("title", "长" * 41, "最多 40 字"), ("body", " ", "必填"), ("body", "这个我们没办法解决", "禁用语“没办法解决”"),
    ("body", "{天气}不好", "天气"), ("kind", "song", "必填"), ("position", "-1", "0–999")])
def test_what_is_wrong_is_said_beside_its_field_and_every_word_stays(office, field, typed, said):
    agent = office.visitor("agent01")
    no = agent.post("/macros", **TEXT | {field: typed})
    assert no.status_code == 422
    assert said in no.json["fields"][field]
    page = agent.post("/macros", script=False, **TEXT | {field: typed})
    assert page.status_code == 422
    assert "已派单，{承诺时间} 前完成" in page.get_data(as_text=True) or field == "body"
    assert rows(office) == []


def test_the_answer_to_a_text_knows_the_writers_name_and_no_ticket(office):
    texts.received(office.hotline, message_sid(1), "+8619000000001", "楼道灯坏了", office.hand.now)
    agent = office.visitor("agent01")
    agent.post("/macros", **TEXT | {"body": "{客户姓名}您好，已收到。"})
    agent.post("/macros", **TEXT)
    page = agent.page("/texts")
    assert 'data-picks="answer-1" data-src="/macros/ready?kind=reply&amp;text=1"' in page
    first, second = offered(agent, text=1)
    assert (first["text"], first["lacks"]) == ("周敏您好，已收到。", "")
    assert second["lacks"] == "这里没有：编号、承诺时间、责任人"


def test_the_demo_company_keeps_texts_that_would_be_taken_from_anybody_and_needs_every_blank(office):
    rows = ready_texts.rows()
    for row in rows:
        macros.add(office.hotline, {**row, "position": str(row["position"])}, True, "lead01", {"lead"}, office.hand.now)
    assert {MacroKind.NOTE, MacroKind.REPLY} == {row["kind"] for row in rows}
    assert {blank for row in rows for blank in blanks(row["body"])} == set(Blank)
    number = office.opens()
    assert [one["title"] for one in offered(office.visitor("agent01"), ticket=number) if one["lacks"]] == []


def test_a_text_is_filled_in_from_the_form_that_is_being_written_and_from_the_one_household_that_rings(office):
    office.visitor("lead01").post("/macros", shared="yes", **TEXT | {
        "kind": "note", "body": "{客户姓名} {地点} {到场时间} {承诺时间} {责任人} {我的姓名} {公司} {编号}"})
    agent, form = office.visitor("agent01"), {"customer_name": "李雷", "room": "梧桐里3栋2单元1602", "category": "101"}
    calls.arrive(office.hotline, "CA1", "19000000001", office.hand.now)
    calls.answered(office.hotline, "CA1", "agent01", office.hand.now)
    (beside,) = agent.client.get("/macros/ready?kind=note&call=CA1", headers={"X-Partial": "1"}).json
    assert beside["text"] == "周敏 梧桐里3栋2单元1602 {到场时间} {承诺时间} 王芳 王芳 和邻物业服务 {编号}"
    (inside,) = agent.post("/macros/ready?kind=note&call=CA1", **form).json
    assert inside["text"] == "李雷 梧桐里3栋2单元1602 3月10日 09:30 3月12日 09:00 王芳 王芳 和邻物业服务 {编号}"
    assert inside["lacks"] == "这里没有：编号"
    agent.post("/desk/tickets", call="CA1", told_two_day="yes", content="爆管", **form)
    (noted,) = agent.post("/macros/ready?kind=note&call=CA1&note=yes", **form).json
    assert noted["lacks"] == ""
    assert re.search(r" WTL-JX2026\d+-\d+$", noted["text"])
    (another,) = agent.post("/macros/ready?kind=note&call=CA1", **form).json
    assert another["lacks"] == "这里没有：编号"  # the next matter has none yet
    page = agent.page("/desk?call=CA1&new=1")
    assert 'data-picks="f-content" data-src="/macros/ready?kind=note&amp;call=CA1" data-form="intake-CA1"' in page
    assert 'data-picks="note-text-CA1" data-src="/macros/ready?kind=note&amp;call=CA1&amp;note=yes" data-form="intake-CA1"' in page
