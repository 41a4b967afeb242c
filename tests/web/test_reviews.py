"""Reviews of calls and the hint at forbidden phrases, as browsers have them (F23, K35)."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain import call_review
from callcenter.domain.call_review import Item, Mark
from callcenter.domain.ticket import Refused
from callcenter.services.quality import counts, review_view, reviews
from callcenter.services.registers import entries
from callcenter.storage.tables import CallRow
from tests.hotlines import NINE
from tests.web import office as offices
from tests.web.office import Hand, Office

MONTH = "2026-03"
GOOD = {item.value: "yes" for item in Item} | {"hold_told": "na"}


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "tickets", "reports", "texts", "actions", "feedbacks", "reviews"))
    answers(sqlite_hotline)
    return made


def answers(hotline, agent="agent01", many=1, rang=10, **more):
    with hotline.store.transaction() as session:
        for n in range(many):
            at = NINE + timedelta(minutes=n)
            session.add(CallRow(sid=f"CA-{agent}-{n}", from_number="+8619000000001", state="ended", ring_started_at=at,
                                answered_at=at + timedelta(seconds=rang), answered_by=agent,
                                ended_at=at + timedelta(minutes=3), ended_by=agent, **more))


def marked(**other):
    return {Item(k): Mark(v) for k, v in {**GOOD, **other}.items()}


def reviewed(hotline, by="supervisor01", sid="CA-agent01-0", heard=(), seen=0, reason="", now=NINE, **marks):
    return reviews.review(hotline, by, sid, marked(**marks), heard, "", "", now, reason, seen)


def refuses(code, call, *given, **named):
    with pytest.raises(Refused) as no:
        call(*given, **named)
    assert no.value.code == code


def test_the_score_is_yes_of_yes_and_no_halves_up():
    assert call_review.score(marked()) == 100
    assert call_review.score(marked(rings="no")) == 89
    assert call_review.score(dict.fromkeys(Item, Mark.NO)) == 0
    seven = dict.fromkeys(Item, Mark.NONE) | {Item.RINGS: Mark.YES, **dict.fromkeys(list(Item)[1:8], Mark.NO)}
    assert call_review.score(seven) == 13, "12.5 is rounded up"
    refuses("nothing_applies", call_review.score, dict.fromkeys(Item, Mark.NONE))
    refuses("missing", call_review.score, {Item.RINGS: Mark.YES})


def test_the_draw_is_the_same_for_everybody_and_another_one_next_month():
    sids = [f"CA{n}" for n in range(100)]
    drawn = call_review.draw(MONTH, "agent01", sids)
    assert drawn == call_review.draw(MONTH, "agent01", reversed(sids))
    assert len(set(drawn)) == call_review.DRAWN
    assert drawn != call_review.draw("2026-04", "agent01", sids)
    assert drawn != call_review.draw(MONTH, "agent02", sids)


def test_every_call_is_drawn_about_equally_often():
    sids = [f"CA{n}" for n in range(20)]
    times = dict.fromkeys(sids, 0)
    for month in range(400):
        for sid in call_review.draw(str(month), "agent01", sids):
            times[sid] += 1
    assert all(60 <= n <= 140 for n in times.values()), "100 each on average, five standard deviations either way"


def test_nobody_reviews_their_own_calls_and_a_lead_only_their_team(hotline):
    answers(hotline)
    answers(hotline, "lead01")
    for by in ("agent02", "admin01", "pm01", "engineering01"):
        refuses("not_allowed", reviewed, hotline, by)
    refuses("own_call", reviewed, hotline, "lead01", "CA-lead01-0")
    refuses("unknown_call", reviewed, hotline, sid="none")
    assert reviewed(hotline, "lead01") == "ZJ20260310-01"


def test_a_correction_is_a_new_version_with_a_reason_and_the_old_one_stays(hotline):
    answers(hotline)
    reviewed(hotline, polite="no")
    refuses("changed_meanwhile", reviewed, hotline)
    refuses("reason_needed", reviewed, hotline, seen=1)
    refuses("phrases_and_mark", reviewed, hotline, seen=1, reason="听错", no_phrases="no")
    refuses("unknown_phrase", reviewed, hotline, seen=1, reason="听错", heard=["你好"], no_phrases="no")
    assert reviewed(hotline, seen=1, reason="听错", heard=["不知道"], no_phrases="no", now=NINE + timedelta(hours=1)) == "ZJ20260310-01"
    with hotline.store.reading() as session:
        assert [(h.phrase, h.source, h.by) for h in counts.phrase_hits(session, None, None)] == [("不知道", "review", "agent01")]
    for change in ("UPDATE qa_review SET score = 100", "DELETE FROM qa_review"):
        with pytest.raises(DBAPIError, match="never"), hotline.store.transaction() as session:
            session.execute(sa.text(change))


def test_the_records_answer_what_they_can(office):
    sheet = _sheet(office)
    assert sheet.suggested[Item.RINGS] is Mark.YES
    assert sheet.suggested[Item.CUSTOMER_FIRST] is Mark.NO
    assert sheet.suggested[Item.HOLD_TOLD] is Mark.NONE
    assert sheet.suggested[Item.TWO_DAYS] is Mark.NONE, "there is no ticket to look at"
    office.hand.now += timedelta(minutes=1)
    office.opens(call="CA-agent01-0", told_two_day=True)
    assert _sheet(office).suggested[Item.TWO_DAYS] is Mark.YES
    answers(office.hotline, "agent02", rang=16, hold_ms=5000)
    late = _sheet(office, "CA-agent02-0").suggested
    assert late[Item.RINGS] is Mark.NO
    assert Item.HOLD_TOLD not in late


def _sheet(office, sid="CA-agent01-0"):
    with office.hotline.store.reading() as session:
        return review_view.sheet(session, entries.who(session, "supervisor01"), sid)


def test_a_call_is_drawn_reviewed_read_by_its_agent_and_commented_on_once(office):
    supervisor, agent = office.visitor("supervisor01"), office.visitor("agent01")
    assert "/reviews/CA-agent01-0" in supervisor.page(f"/reviews/draw?month={MONTH}&agent=agent01")
    agent.page("/reviews/CA-agent01-0", 404)
    page = supervisor.page("/reviews/CA-agent01-0")
    assert re.search(r'name="rings" value="yes" checked', page)
    wrong = supervisor.post("/reviews/CA-agent01-0", script=False, do="review", version="0", **{**GOOD, "no_phrases": "no"}, note="语气急")
    assert wrong.status_code == 422
    assert "语气急" in wrong.get_data(as_text=True)
    done = supervisor.post("/reviews/CA-agent01-0", script=False, do="review", version="0", **{**GOOD, "closing": "no"}, training="结束语")
    assert done.status_code == 303
    page = agent.page("/reviews/CA-agent01-0")
    assert "89 分" in page
    assert 'value="review"' not in page
    assert agent.post("/reviews/CA-agent01-0", script=False, do="comment", text="客户先说再见").status_code == 303
    assert agent.post("/reviews/CA-agent01-0", script=False, do="comment", text="又").status_code == 422
    assert "客户先说再见" in supervisor.page("/reviews/CA-agent01-0/print")
    listed = agent.page(f"/reviews?month={MONTH}")
    assert "ZJ20260310-01" in listed
    assert "结束语" in supervisor.page(f"/reviews?month={MONTH}")
    assert "ZJ2026" not in office.visitor("agent02").page(f"/reviews?month={MONTH}")
    office.visitor("agent02").page("/reviews/CA-agent01-0", 404)


def test_a_reply_with_a_forbidden_phrase_is_stopped_once_and_goes_out_anyway(office):
    number = office.opens(category="908", content="装修手续怎么办", customer_name="李雷")
    agent, path = office.visitor("agent01"), f"/tickets/{number}/acts/answer_inquiry"
    form = agent.page(path)
    assert 'data-phrases-of="f-answer_inquiry-answer"' in form
    assert "行不行" in form
    stopped = agent.post(path, answer="这个我不知道", phrases="watched")
    assert stopped.status_code == 422
    assert "不知道" in stopped.get_json()["fields"]["answer"]
    assert "仍要照发" in agent.post(path, script=False, answer="这个我不知道", phrases="watched").get_data(as_text=True)
    assert agent.post(path, answer="这个我不知道", phrases="watched", anyway="yes").status_code == 204
    page = office.visitor("supervisor01").page(f"/reviews/phrases?month={MONTH}")
    assert number in page
    assert "这个我不知道" in page
    office.visitor("agent01").page("/reviews/phrases", 403)


def test_a_form_that_cannot_show_the_hint_is_never_stopped(office):
    number = office.opens(category="908", content="装修手续怎么办", customer_name="李雷")
    assert office.visitor("agent01").post(f"/tickets/{number}/acts/answer_inquiry", answer="这个我不知道").status_code == 204


def test_every_page_of_the_reviews_speaks_english_too(office):
    reviewed(office.hotline)
    for path in (f"/reviews?month={MONTH}", f"/reviews/draw?month={MONTH}&agent=agent01", "/reviews/CA-agent01-0", "/reviews/CA-agent01-0/print"):
        page = office.visitor("supervisor01", "en").page(path)
        main = page[page.index("<main"):page.index("</main>")]
        words = re.sub(r"<fieldset class=\"field\">.*?</fieldset>|<[^>]+>|和邻物业服务", " ", main, flags=re.S)
        assert set(re.findall(r"[一-鿿]+", words)) - {"沈岚", "王芳"} == set(), path
