"""The list of tickets and the page of one: found by any word, one timeline, cut to what its reader may see."""

import re

import pytest

from callcenter.domain.forms import fields_of
from callcenter.domain.vocabulary import Action
from callcenter.services.telephone import calls, voicemail
from callcenter.storage.tables import FormRow, TicketRow, sa
from callcenter.web.tickets import typed
from tests.web.office import Hand, Office, application

CALLER = "19000000001"


class TicketOffice(Office):
    """The office with the ticket pages."""

    def __init__(self, hotline, hand):
        super().__init__(hotline, hand)
        self.app = application(hotline, ("acts", "desk", "tickets", "followups"))

    def done(self, number: str) -> str:
        """A technician does the work and hands in the slip."""
        self.does(number, "dispatch", "lead01", to="plumber01")
        for action in ("accept", "arrive"):
            self.does(number, action, "plumber01")
        self.does(number, "complete", "plumber01", result="换了阀芯", result_explained=True)
        self.does(number, "return_slip", "plumber01")
        return number

    def row(self, number: str) -> TicketRow:
        with self.hotline.store.reading() as session:
            return session.scalars(sa.select(TicketRow).where(TicketRow.number == number)).one()


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    return TicketOffice(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))


@pytest.fixture
def agent(office):
    return office.visitor("agent01")


def listed(page: str) -> list[str]:
    return re.findall(r'<tr id="row-([^"]+)"', page)


@pytest.mark.parametrize("words", ["周敏", "爆裂", "1602", "梧桐里3栋", "00000001", "厨房", "周敏 爆裂", "jx2026"])
def test_a_ticket_is_found_by_name_place_words_number_or_the_end_of_the_telephone(office, agent, words):
    number = office.opens()
    office.opens(customer_name="李强", content="灯坏了", category="204", contact_phone="19000000777", room="望江苑1栋1单元801",
                 convenient_time="随时")
    assert listed(agent.page(f"/tickets?q={words}")) == [number]


def test_a_whole_number_leads_straight_to_its_ticket(office, agent):
    number = office.opens()
    assert agent.client.get(f"/tickets?q={number.lower()}").headers["Location"] == f"/tickets/{number}"


@pytest.mark.parametrize("words", ["%", "_", "100%", "'", "没有这样的词"])
def test_signs_that_mean_something_to_a_database_mean_nothing_here(office, agent, words):
    office.opens()
    page = agent.client.get("/tickets", query_string={"q": words}).get_data(as_text=True)
    assert listed(page) == []
    assert "没有符合条件的工单" in page


def test_the_nearest_promise_stands_first_and_the_views_divide_the_tickets(office, agent):
    late = office.opens(content="甲")
    office.hand.move(minutes=4)
    fresh = office.opens("agent02", content="乙", category="205", place="梧桐里5栋1单元大堂", room=None)
    assert listed(agent.page("/tickets")) == [late, fresh]
    assert listed(agent.page("/tickets?view=mine")) == [late]
    assert listed(agent.page("/tickets?view=overdue")) == [late]
    assert listed(agent.page("/tickets?type=public_repair")) == [fresh]
    assert listed(agent.page("/tickets?compound=QH")) == []
    assert listed(agent.page("/tickets?state=closed")) == []


def test_what_the_address_asks_for_wrongly_is_as_if_it_were_not_there(office, agent):
    number = office.opens()
    for query in ("view=x&type=y&state=z&page=-3", "page=99999999999", "page=０", "page=7"):
        assert listed(agent.page(f"/tickets?{query}")) == [number]


def test_a_long_list_comes_in_pages(office, agent):
    numbers = [office.opens(content=f"第{n}件") for n in range(31)]
    first, second = listed(agent.page("/tickets")), listed(agent.page("/tickets?page=2"))
    assert (len(first), len(second)) == (30, 1)
    assert set(first + second) == set(numbers)


def test_the_page_shows_promises_running_kept_and_broken_by_how_much(office, agent):
    number = office.opens()
    office.hand.move(minutes=3, seconds=30)
    office.does(number, "dispatch", "lead01", to="plumber01")
    office.does(number, "accept", "plumber01")
    page = agent.page(f"/tickets/{number}")
    assert f'data-what="{number} 急修 30 分钟到场"' in page
    assert "▲ 超时 30 秒" in page
    assert "✓ 达标" in page


def test_there_is_one_timeline_of_calls_acts_clocks_and_messages_newest_first(office, agent):
    calls.arrive(office.hotline, "CA1", CALLER, office.hand.now)
    office.hand.now += office.hand.now.resolution * 7_000_000
    calls.answered(office.hotline, "CA1", "agent01", office.hand.now)
    agent.post("/desk/tickets", call="CA1", category="101", room="梧桐里3栋2单元1602", customer_name="周敏", content="爆管",
               told_two_day="yes")
    number = agent.client.get("/tickets?q=爆管").get_data(as_text=True)
    number = listed(number)[0]
    office.hand.move(minutes=4)
    story = agent.fragment(f"/tickets/{number}?part=story")
    kinds = re.findall(r'<li class="timeline-\w+" data-sort="([^"]+)"', story)
    assert set(kinds) == {"act", "call", "timer", "timer escalation", "message"}
    assert kinds[-2:] == ["call", "call"]
    assert re.findall(r'<li class="day" data-sort="([^"]+)"', story) == ["act call escalation message timer"]
    assert "第 2 声铃" in story
    assert "三分钟派单" in story
    assert "我是您的首问责任人王芳" in story


def test_the_timeline_plays_recordings_to_whoever_may_hear_them_and_says_why_not_to_others(office, agent):
    calls.arrive(office.hotline, "CA1", CALLER, office.hand.now)
    calls.answered(office.hotline, "CA1", "agent01", office.hand.now)
    number = office.opens(call="CA1")
    for sid, address in (("RE1", "https://recordings.example/RE1"), ("RE2", None)):
        voicemail.stored(office.hotline, "CA1", voicemail.Recorded(sid, "conversation", "completed", address, 93), office.hand.now)
    story = agent.fragment(f"/tickets/{number}?part=story")
    assert re.findall(r'<audio id="recording-(\d+)"[^>]* src="/desk/recordings/\1"', story) == ["1"]
    assert story.count('data-sort="recording"') == 2
    assert "93 秒" in story
    assert "还没有就绪" in story
    colleague = office.visitor("agent02").fragment(f"/tickets/{number}?part=story")
    assert "<audio" not in colleague
    assert colleague.count("您不能收听") == 2
    office.does(number, "dispatch", "lead01", to="plumber01")
    assert 'data-sort="recording"' not in office.visitor("plumber01").fragment(f"/tickets/{number}?part=story")


def test_the_timeline_is_the_matters_what_was_merged_into_a_ticket_stands_in_it_under_its_own_number(office, agent):
    first, second = office.opens(), office.opens(content="还在漏")
    office.does(second, "merge", "lead01", into=first)
    story = agent.fragment(f"/tickets/{first}?part=story")
    assert f'<a class="num" href="/tickets/{second}">{second}</a>' in story
    assert f'href="/tickets/{first}">{first}</a>' not in story
    assert "还在漏" in story


def test_an_urged_ticket_says_so_and_the_page_refreshes_by_parts(office, agent):
    number = office.opens()
    assert agent.post(f"/tickets/{number}/acts/urge", reason="快点").headers["X-Location"] == f"/tickets/{number}"
    head = agent.fragment(f"/tickets/{number}?part=head")
    assert "催单 1 次" in head
    assert "<html" not in head


def test_only_what_may_be_done_now_has_a_button(office, agent):
    number = office.opens()
    assert f"/tickets/{number}/acts/urge" in agent.page(f"/tickets/{number}")
    assert f"/tickets/{number}/acts/dispatch" not in agent.page(f"/tickets/{number}")
    assert f"/tickets/{number}/acts/dispatch" in office.visitor("lead01").page(f"/tickets/{number}")


def test_a_form_of_an_act_comes_as_a_page_and_as_a_dialog(office):
    number = office.opens()
    lead = office.visitor("lead01")
    page, dialog = lead.page(f"/tickets/{number}/acts/dispatch"), lead.fragment(f"/tickets/{number}/acts/dispatch")
    for shown in (page, dialog):
        assert re.search(r'<select [^>]*name="to"', shown)
        assert "刘洋" in shown
        assert "张雷" not in shown
    assert "<html" in page
    assert "<html" not in dialog


def test_a_refused_act_changes_nothing_says_why_beside_the_input_and_keeps_every_word(office):
    number = office.opens()
    lead = office.visitor("lead01")
    answer = lead.post(f"/tickets/{number}/acts/dispatch", to="electrician01", reason="他离得近")
    assert answer.status_code == 422
    assert answer.json["fields"]["to"].startswith("张雷 不是所需工种")
    page = lead.post(f"/tickets/{number}/acts/dispatch", script=False, to="electrician01", reason="他离得近")
    assert page.status_code == 422
    assert "他离得近" in page.get_data(as_text=True)
    assert office.row(number).state == "new"


def test_an_act_that_does_not_come_next_is_a_conflict_with_its_reason(office):
    number = office.opens()
    answer = office.visitor("lead01").post(f"/tickets/{number}/acts/return_slip")
    assert answer.status_code == 409
    assert "现在是“已登记”" in answer.json["message"]


def test_the_same_form_sent_twice_is_carried_out_once_and_a_used_key_is_refused_for_another_act(office, agent):
    number = office.opens()
    for _ in range(2):
        assert agent.post(f"/tickets/{number}/acts/note", key="k", text="客户很着急").status_code == 204
    with office.hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(FormRow).where(FormRow.code == "F25")) <= 1
    assert agent.page(f"/tickets/{number}").count("客户很着急") == 1
    assert agent.post(f"/tickets/{number}/acts/urge", key="k").status_code == 409


@pytest.mark.parametrize("action", ["open_ticket", "close_by_rule", "close_unreachable", "fly", "dispatch/x"])
def test_what_is_no_act_of_a_person_has_no_address(office, agent, action):
    number = office.opens()
    assert agent.post(f"/tickets/{number}/acts/{action}").status_code == 404


def test_after_an_act_one_never_lands_on_another_site(office, agent):
    number = office.opens()
    for bad in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert agent.post(f"/tickets/{number}/acts/urge", next=bad).headers["X-Location"] == f"/tickets/{number}"
    assert agent.post(f"/tickets/{number}/acts/urge", next="/desk?call=1").headers["X-Location"] == "/desk?call=1"


def test_a_ticket_of_others_looks_like_none_at_all(office):
    number = office.opens()
    stranger = office.visitor("plumber02")
    mine, none = stranger.page(f"/tickets/{number}", 404), stranger.page("/tickets/WTL-JX20990101-0001", 404)
    assert "没有编号为" in mine
    assert "厨房水管爆裂" not in mine
    assert "没有编号为" in none
    assert stranger.post(f"/tickets/{number}/acts/escalate", reason="x").status_code == 404
    assert office.visitor("pm02").page(f"/tickets/{number}", 404)
    assert listed(stranger.page("/tickets?view=all")) == []


def test_an_auditor_reads_everything_and_acts_nowhere(office):
    number = office.opens()
    auditor = office.visitor("auditor01")
    page = auditor.page(f"/tickets/{number}")
    assert "/acts/" not in page
    assert CALLER not in page
    assert auditor.post(f"/tickets/{number}/acts/escalate", reason="x").status_code == 403


def test_an_outside_firm_sees_its_job_and_no_telephone_number(office):
    number = office.opens(category="502", content="渗水", convenient_time="随时")
    office.does(number, "dispatch", "lead01", to="builder01")
    page = office.visitor("builder01").page(f"/tickets/{number}")
    assert "渗水" in page
    assert "19000000001" not in page
    assert "190****0001" not in page
    office.visitor("builder02").page(f"/tickets/{number}", 404)


def test_the_telephone_number_is_masked_for_a_colleague_and_whole_for_the_owner(office, agent):
    number = office.opens()
    assert f"tel:{CALLER}" in agent.page(f"/tickets/{number}")
    other = office.visitor("agent02").page(f"/tickets/{number}")
    assert "190****0001" in other
    assert CALLER not in other


def test_whoever_did_the_work_does_not_see_that_the_customer_is_to_be_called(office, agent):
    number = office.done(office.opens())
    assert office.row(number).state == "callback_due"
    office.does(number, "record_callback", "callback01", contact_result="no_answer")
    assert "待回访" in agent.page(f"/tickets/{number}")
    for user in ("plumber01", "engineering01"):
        visitor = office.visitor(user)
        for page in (visitor.page(f"/tickets/{number}"), visitor.page("/tickets?view=all")):
            body = page[page.index('<main'):page.index('</main>')]
            assert "回访" not in body.replace("待回访</option>", "")
        assert listed(visitor.page("/tickets?view=all&state=callback_due")) == []
        assert listed(visitor.page("/tickets?view=all&state=completed")) == [number]


def test_a_merged_ticket_is_found_under_its_old_number_and_names_the_survivor(office):
    first = office.opens(category="103", content="停水", room="青禾家园1栋1单元101")
    second = office.opens(category="103", content="没有水", room="青禾家园1栋1单元201")
    office.does(second, "merge", "lead01", into=first)
    lead = office.visitor("lead01")
    assert f"/tickets/{first}" in lead.page(f"/tickets/{second}")
    assert second in lead.page(f"/tickets/{first}")


def test_the_page_speaks_english(office):
    number = office.opens()
    page = office.visitor("agent01", "en").page(f"/tickets/{number}")
    assert "Dispatch within three minutes" in page
    assert "Promises and clocks" in page
    for chinese in ("承诺", "时限", "经过", "首问", "登记内容"):
        assert chinese not in page[page.index("<main"):page.index('id="ticket-acts"')]


@pytest.mark.parametrize(("language", "words"), [("zh", ["秩序部", "服务质量"]), ("en", ["Order", "Service"])])
def test_what_was_chosen_from_a_vocabulary_is_told_in_words_not_codes(office, language, words):
    fields = {f.name: f for f in fields_of(Action.OPEN_TICKET)}
    with office.app.test_request_context(headers={"Cookie": f"language={language}"}):
        told = [typed("order", fields["accused_dept"]), typed("service", fields["complaint_kind"])]
    assert told == words
