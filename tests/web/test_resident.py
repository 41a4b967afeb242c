"""A resident's own page: what its link opens and to whom it stays shut, what is told there, and what may be done without a sign-in."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from callcenter.domain.photographs import MOST_OF_CUSTOMER
from callcenter.domain.vocabulary import Action
from callcenter.services import links
from callcenter.services.residents import opening
from callcenter.storage.field_tables import AttachmentRow
from callcenter.storage.tables import EventRow, MatterRow, MessageRow, TicketRow
from tests.web import office as offices
from tests.web.office import Hand, Office


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "tickets", "resident"))
    return made


def link_of(office, number, notice="registered"):
    """The address in the newest text of that kind."""
    with office.hotline.store.reading() as session:
        text = session.scalars(sa.select(MessageRow.text).join(TicketRow, TicketRow.id == MessageRow.ticket_id).where(
            TicketRow.number == number, MessageRow.notice == notice, MessageRow.to == "customer").order_by(MessageRow.id.desc())).first()
    return re.search(r"https://hotline\.example(/r/\S+)$", text)[1]


class Stranger:
    """A resident's telephone: no account, no scripts."""

    def __init__(self, office, language="zh"):
        self.client, self.keys = office.app.test_client(), 0
        self.client.set_cookie("language", language)

    def page(self, path, status=200):
        answer = self.client.get(path)
        assert answer.status_code == status, answer.get_data(as_text=True)[:1500]
        return answer.get_data(as_text=True)

    def does(self, link, doing, **form):
        self.keys += 1
        page = self.client.get(link).get_data(as_text=True)
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
        return self.client.post(f"{link}/{doing}", data={"csrf_token": token, "key": f"key-{id(self)}-{self.keys}", **form})


def done(office, number):
    """Worked through to the wait for the customer's opinion."""
    office.does(number, "dispatch", "dispatcher01", to="plumber01")
    for act, more in (("accept", {}), ("depart", {}), ("arrive", {})):
        office.does(number, act, "plumber01", **more)
    office.hand.move(minutes=20)
    office.does(number, "complete", "plumber01", result="更换阀门", result_explained=True)
    with office.hotline.store.reading() as session:
        state = session.scalar(sa.select(TicketRow.state).where(TicketRow.number == number))
    if state == "completed":
        office.does(number, "return_slip", "plumber01")


def events(office, action):
    with office.hotline.store.reading() as session:
        return list(session.scalars(sa.select(EventRow).where(EventRow.action == action).order_by(EventRow.id)))


def test_the_link_of_the_text_shows_where_the_matter_stands_and_no_personal_data(office):
    number = office.opens(content="周敏说厨房漏水,电话 190 0000 0001")
    link = link_of(office, number)
    answer = office.app.test_client().get(link)
    page = answer.get_data(as_text=True)
    for told in (number, "已登记", "正在安排人员", "承诺办结", "您反映的事项已登记"):
        assert told in page
    for secret in ("19000000001", "190 0000 0001", "周敏", "1602", "agent01"):
        assert secret not in page
    assert (answer.headers["X-Robots-Tag"], answer.headers["Cache-Control"]) == ("noindex, nofollow, noarchive", "no-store")
    assert answer.headers["Referrer-Policy"] == "same-origin"
    english = Stranger(office, "en").page(link)
    assert "It is registered" in english


def test_who_comes_is_told_by_what_they_are_called_with_the_code_for_the_door(office):
    number = office.opens()
    office.does(number, "dispatch", "dispatcher01", to="plumber01")
    link = link_of(office, number, "dispatched")
    assert link == link_of(office, number), "one ticket has one link"
    page = Stranger(office).page(link)
    assert "师傅" in page
    assert "plumber01" not in page
    assert re.search(r'resident-code">\d{4}<', page)
    office.does(number, "accept", "plumber01")
    office.does(number, "arrive", "plumber01")
    assert "resident-code" not in Stranger(office).page(link)


def test_forged_and_foreign_and_expired_links_stay_shut(office):
    number = office.opens()
    link, now = link_of(office, number), office.hand.now
    visitor = Stranger(office)
    visitor.page(link[:-2] + ("AA" if link[-2:] != "AA" else "BB"), 404)
    survey = links.make("planted for tests", "survey", link.removeprefix("/r/").split(".")[0], now + timedelta(days=9))
    visitor.page(f"/r/{survey}", 404)
    visitor.page("/r/" + links.make("planted for tests", "resident", "nobody", now + timedelta(days=9)), 404)
    with office.hotline.store.transaction() as session:
        session.execute(sa.update(TicketRow).values(phone_key="+8619000000777", contact_phone="19000000777"))
    assert "打不开这个链接" in visitor.page(link, 404), "the contact has another telephone now"
    assert visitor.does(link, "urge").status_code == 404


def test_a_link_ends_with_the_days_in_which_the_matter_may_be_taken_up_again(office):
    number = office.opens()
    link = link_of(office, number)
    office.does(number, "cancel", "agent01", reason="客户撤销")
    assert "撤销" in Stranger(office).page(link)
    with office.hotline.store.transaction() as session:
        session.execute(sa.update(TicketRow).values(closed_at=office.hand.now - timedelta(days=31)))
    assert "链接已过期" in Stranger(office).page(link, 410)


def test_asking_again_counts_once_in_five_minutes_and_says_so_kindly(office):
    number = office.opens()
    link, visitor = link_of(office, number), Stranger(office)
    first = visitor.does(link, "urge")
    assert (first.status_code, "done=urge" in first.headers["Location"]) == (303, True)
    assert "已替您催办" in visitor.page(first.headers["Location"])
    second = visitor.does(link, "urge")
    assert "done=again" in second.headers["Location"]
    assert "请稍等片刻" in visitor.page(second.headers["Location"])
    assert len(events(office, "urge")) == 1
    office.hand.move(minutes=6)
    visitor.does(link, "urge")
    with office.hotline.store.reading() as session:
        assert session.scalar(sa.select(MatterRow.urges)) == 2


def test_a_word_and_a_wish_for_a_time_stand_on_the_ticket_and_reach_its_owner(office):
    number = office.opens()
    link, visitor = link_of(office, number), Stranger(office)
    assert visitor.does(link, "say", text="钥匙在门卫").status_code == 303
    assert visitor.does(link, "time", text="周六上午").status_code == 303
    page = visitor.page(link)
    assert "钥匙在门卫" in page
    assert "周六上午" in page
    assert "希望的时间:周六上午" in office.visitor("agent01").page(f"/tickets/{number}")
    with office.hotline.store.reading() as session:
        assert set(session.scalars(sa.select(MessageRow.to).where(MessageRow.notice == "text_in"))) == {"agent01"}
    blank = visitor.does(link, "say", text="  ")
    assert (blank.status_code, "请先写几个字" in blank.get_data(as_text=True)) == (422, True)
    long = visitor.does(link, "say", text="长" * 501)
    assert (long.status_code, "长" * 501 in long.get_data(as_text=True)) == (422, True), "what was typed is kept"


def test_only_so_many_words_a_day_are_taken(office):
    number = office.opens()
    link, visitor = link_of(office, number), Stranger(office)
    said = [visitor.does(link, "say", text=f"第 {n} 句").status_code for n in range(11)]
    assert said[:10] == [303] * 10
    assert said[10] in (422, 429)


def test_nobody_is_asked_before_the_work_is_done_and_a_good_word_closes_it(office):
    number = office.opens()
    link, visitor = link_of(office, number), Stranger(office)
    assert visitor.does(link, "rate", satisfaction="satisfied").status_code == 422
    done(office, number)
    assert "处理得怎么样" in visitor.page(link)
    assert visitor.does(link, "rate", satisfaction="marvellous").status_code == 422
    assert visitor.does(link, "rate", satisfaction="very_satisfied").status_code == 303
    page = visitor.page(link)
    assert "非常满意" in page
    assert "已办结" in page
    assert [e.by for e in events(office, "customer_reply")] == ["customer"]


def test_a_dissatisfied_answer_starts_the_loop_with_its_reason(office):
    number = office.opens()
    link, visitor = link_of(office, number), Stranger(office)
    done(office, number)
    assert visitor.does(link, "rate", satisfaction="dissatisfied", reason="还在滴水").status_code == 303
    with office.hotline.store.reading() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
        assert row.state == "rework"
        assert session.scalar(sa.select(MatterRow.dissatisfied_rounds)) == 1
    assert "重新安排处理" in visitor.page(link)


def test_a_link_follows_its_ticket_into_another_and_shows_nothing_of_the_neighbour(office):
    theirs = office.opens(content="电梯停了,李明在里面", customer_name="李明", contact_phone="19000000002")
    mine = office.opens(content="电梯坏了", room="梧桐里3栋2单元1601", contact_phone="19000000003", customer_name="吴芳")
    link = link_of(office, mine)
    office.does(mine, "merge", "lead01", into=theirs)
    office.does(theirs, "dispatch", "dispatcher01", to="plumber01")
    page = Stranger(office).page(link)
    assert "一并办理" in page
    assert "电梯坏了" in page
    for secret in ("李明", "resident-code", "师傅", "19000000002"):
        assert secret not in page
    assert Stranger(office).does(link, "say", text="快点").status_code == 422
    assert Stranger(office).does(link, "urge").status_code == 303


def test_colleagues_do_not_read_the_link_and_a_hotline_without_a_secret_makes_none(office):
    number = office.opens()
    token = link_of(office, number).removeprefix("/r/")
    assert token not in office.visitor("agent01").page(f"/tickets/{number}")
    with office.hotline.store.transaction() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
        quiet = type(office.hotline)(office.hotline.store, office.hotline.rulebook)
        assert opening.address(session, quiet, row, office.hand.now) == ""


def test_a_form_sent_twice_is_carried_out_once_and_one_without_a_token_never(office):
    number = office.opens()
    link, visitor = link_of(office, number), Stranger(office)
    for _ in range(2):
        assert visitor.does(link, "urge", key="the-same").status_code == 303
    assert len(events(office, Action.URGE)) == 1
    assert visitor.client.post(f"{link}/urge", data={"key": "x"}).status_code == 400


def test_whoever_tries_too_often_is_slowed_down(office):
    link, visitor = link_of(office, office.opens()), Stranger(office)
    codes = [visitor.does(link, "urge").status_code for _ in range(12)]
    assert codes[-1] == 429


def jpeg() -> io.BytesIO:
    held, made = io.BytesIO(), Image.new("RGB", (64, 32), "teal")
    exif = made.getexif()
    exif[0x010E] = "taken at home"
    made.save(held, "JPEG", exif=exif)
    held.seek(0)
    return held


def test_pictures_of_ones_own_matter_are_checked_stripped_and_seen_by_whoever_works_on_it(office, tmp_path):
    parts = office.app.extensions["parts"]
    parts.settings = replace(parts.settings, data_dir=tmp_path / "data")
    number, other = office.opens(), office.opens(content="另一件", contact_phone="19000000002", customer_name="李雷", room="青禾家园5栋1单元302")
    link, theirs, home = link_of(office, number), link_of(office, other), Stranger(office)
    assert "保存三年" in home.page(link)
    refused = home.does(link, "photos", photo=(io.BytesIO(b"no picture"), "x.jpg"))
    assert (refused.status_code, "照片" in refused.get_data(as_text=True)) == (422, True)
    answer = home.does(link, "photos", photo=(jpeg(), "home.jpg"))
    assert (answer.status_code, answer.headers["Location"].endswith("done=photo#kept")) == (303, True)
    shown = re.search(rf"{link}/photos/\d+", home.page(link))[0]
    picture = home.client.get(shown)
    assert (picture.status_code, picture.mimetype, b"taken at home" in picture.data) == (200, "image/jpeg", False)
    assert picture.headers["Cache-Control"] == "no-store"
    home.page(shown.replace(link, theirs), 404)
    office.does(number, "dispatch", "dispatcher01", to="plumber01")
    assert "客户照片" in office.visitor("plumber01").page("/field")
    for _ in range(MOST_OF_CUSTOMER - 1):
        office.hand.move(minutes=4)
        assert home.does(link, "photos", photo=(jpeg(), "more.jpg")).status_code == 303
    assert 'id="photo-form"' not in home.page(link)
    with office.hotline.store.reading() as session:
        rows = session.scalars(sa.select(AttachmentRow)).all()
        told = session.execute(sa.select(MessageRow.to, MessageRow.text).where(MessageRow.notice == "photo_in")).all()
    assert [(row.kind, row.by) for row in rows] == [("customer", "agent01")] * MOST_OF_CUSTOMER
    assert {event.by for event in events(office, "attached")} == {"customer"}
    assert [(user, "客户在线发来照片" in text) for user, text in told] == [("agent01", True)] * 2
    assert [list(map(list, event.data.get("told", []))) for event in events(office, "attached")][:2] == [[["owner", "agent01"]], []]
    office.does(number, "cancel", "agent01", reason="客户自己修好了")
    assert home.client.post(f"{link}/photos", data={"csrf_token": "x"}).status_code == 400
