"""An agent's day in English, by the keys alone: a call, its matter, return calls, follow-ups, the hand-over and home."""

import re

import pytest
from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.demo import ready_texts
from callcenter.services.intake import keys
from callcenter.services.telephone import calls
from callcenter.storage.tables import CallRow, CompoundRow, CustomerRow, PersonRow, PlaceRow, RoomRow, TicketRow, sa
from tests.browser.test_desk import CALLER, ROOM, DeskSite, desk  # noqa: F401 - the fixture
from tests.browser.test_intake import ready

#: typed in Chinese by people of this day
SAID = ("厨房水龙头一直滴水", "灯不亮", "马桶堵了", "地漏下水慢", "更换了密封圈", "和邻物业服务", "中文", "王", "家有老人、小孩，请轻敲门，进门穿")
CHINESE = re.compile(r"[㐀-鿿]")
#: every visible word, and what is read out or shown in its place; not what went to the customer in theirs
WORDS = """() => {
  const shown = (el) => el.checkVisibility({ checkVisibilityCSS: true });
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const { parentElement: el, textContent } = walk.currentNode;
    if (shown(el) && !el.closest('.timeline [data-sort~=message]')) found.push(textContent);
  }
  for (const el of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    if (shown(el)) found.push(...['aria-label', 'title', 'placeholder'].map((name) => el.getAttribute(name) ?? ''));
  }
  return found.map((text) => text.trim()).filter((text) => /[㐀-鿿]/.test(text));
}"""


class Day:
    """The page of one agent, and what people and places are called here."""

    def __init__(self, page, desk: DeskSite) -> None:  # noqa: F811
        self.page, self.desk = page, desk
        with desk.hotline.store.reading() as session:
            names = [name for column in (PersonRow.name, CustomerRow.name, CustomerRow.preferred_window, CustomerRow.care_flag, CompoundRow.name,
                                         RoomRow.text, PlaceRow.text) for name in session.scalars(sa.select(column).distinct()) if name]
        texts = [part for row in ready_texts.rows() for part in re.split(r"\{.*?\}|\s", f"{row['title']} {row['body']}") if part]
        self.own = sorted({*names, *texts, *SAID}, key=len, reverse=True)

    def english(self) -> None:
        """No Chinese stands on the page but names and what people wrote themselves."""
        left = []
        for text in self.page.evaluate(WORDS):
            for name in self.own:
                text = text.replace(name, "")
            left += [text] if CHINESE.search(text) else []
        assert left == [], self.page.url

    def sheet(self) -> dict[str, str]:
        """What the sheet says of each key: one line a key, each with a meaning."""
        self.page.keyboard.press("?")
        expect(self.page.locator("#help[open] dt").first).to_be_visible()
        found = self.page.evaluate("""() => [...document.querySelectorAll('#help dt')].map((dt) =>
            [[...dt.querySelectorAll('kbd')].map((kbd) => kbd.textContent).join(' '), dt.nextElementSibling.textContent])""")
        self.page.keyboard.press("Escape")
        expect(self.page.locator("#help[open]")).to_have_count(0)
        assert len(found) == len(dict(found)), found
        assert all(meaning for _, meaning in found), found
        return {key: meaning for key, meaning in found if not key.startswith("g ")}

    def goes(self, *pressed: str, to: str) -> None:
        """Keys that load a page, which is then read; what stood on the one before does not count, nor what came there by itself."""
        self.page.evaluate("() => { document.body.dataset.before = 'yes'; }")
        for key in pressed:
            self.page.keyboard.press(key)
        expect(self.page.locator(f"body:not([data-before]) {to}").first).to_be_visible()
        ready(self.page)
        self.english()


def matter(desk: DeskSite, key: str, **fields: object) -> str:  # noqa: F811
    given = {"customer_name": "周敏", "content": "厨房水龙头一直滴水", "category": "104", "room": ROOM, "contact_phone": CALLER,
             "convenient_time": "", **fields}
    return tickets.open_ticket(desk.hotline, Act(Action.OPEN_TICKET, "agent01", {k: v for k, v in given.items() if v}), key, clock.now()).number


def finished(desk: DeskSite, key: str, **fields: object) -> str:  # noqa: F811
    """A matter that is done and waits for the agent's follow-up call."""
    number = matter(desk, key, **fields)
    for n, (action, by, given) in enumerate((
            (Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), (Action.ACCEPT, "plumber01", {}), (Action.ARRIVE, "plumber01", {}),
            (Action.COMPLETE, "plumber01", {"result": "更换了密封圈", "result_explained": True}), (Action.RETURN_SLIP, "lead01", {}))):
        tickets.carry_out(desk.hotline, number, Act(action, by, given), f"{key}-{n}", clock.now())
    return number


@pytest.fixture
def day(page, desk) -> Day:  # noqa: F811
    with desk.hotline.store.transaction() as session:
        keys.of_customer(session, session.scalars(sa.select(CustomerRow).where(CustomerRow.name == "周敏")).one())
    page.context.add_cookies([{"name": "language", "value": "en", "url": desk.address}])
    return Day(page, desk)


def test_an_agents_day_in_english_by_the_keys_alone(page, desk, day):  # noqa: F811
    here, press = page.locator, page.keyboard.press
    open_already = matter(desk, "before")
    finished(desk, "done-1", category="105", content="马桶堵了")
    finished(desk, "done-2", category="105", content="地漏下水慢")
    for sid, number in (("CM1", "19000000003"), ("CM2", "19000000005")):
        calls.arrive(desk.hotline, sid, number, clock.now())
        calls.ended(desk.hotline, sid, clock.now())
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk")
    ready(page)
    day.english()
    told = day.sheet()
    assert told["/"] == "Find a ticket"
    assert {"b", "t", "]"} <= told.keys()
    assert not {"i", "z", "c", "Ctrl+Enter", "Ctrl+/", "h", "x"} & told.keys()

    desk.rings()
    expect(here("#ring-dialog[open]")).to_contain_text(f"周敏 · {ROOM} Owner")
    expect(here("#ring-dialog[open] button").first).to_be_focused()
    day.english()
    day.goes("Enter", to="#pop h1")
    assert desk.all(CallRow)[-1].answered_by == "agent01"
    told = day.sheet()
    assert {"h", "x", "n", "i", "r", "u"} <= told.keys()
    assert "Ctrl+Enter" not in told

    press("n")
    note = here("#call-notes [name=note]")
    expect(note).to_be_focused()
    page.keyboard.type("Grandmother is alone")
    matter(desk, "meanwhile", category="204", content="灯不亮", convenient_time="随时")  # by a colleague: the pane tells, and takes nothing away
    expect(here("#matters")).to_contain_text("灯不亮")
    expect(note).to_be_focused()
    expect(note).to_have_value("Grandmother is alone")
    press("Control+/")
    expect(here("#call-notes .picker-list li").first).to_be_visible()
    page.keyboard.type("老人")
    expect(here("#call-notes .picker-list li")).to_have_count(1)
    press("Enter")
    noted = "Grandmother is alone 周敏家有老人、小孩，请轻敲门，进门穿鞋套。"
    expect(note).to_have_value(noted)
    press("Enter")
    expect(here("#call-notes > .list li")).to_contain_text("Grandmother is alone")
    expect(note).to_be_focused()
    press("Escape")
    day.goes("h", to="#pop")
    expect(here("#pop")).to_contain_text("On hold")
    day.goes("h", to="#pop")
    expect(here("#pop")).not_to_contain_text("On hold")

    press("i")
    search = here("#caller-search")
    expect(search).to_be_focused()
    page.keyboard.type("zm")
    expect(here("#caller-found li").first).to_contain_text("Owner")
    press("Enter")
    expect(here("#f-room")).to_have_value(ROOM)
    expect(here("#category-search")).to_be_focused()
    page.keyboard.type("104")
    expect(here("#category-found li").first).to_contain_text("104")
    press("Enter")
    expect(here("#twins")).to_contain_text(open_already)
    expect(here("#f-content")).to_be_focused()
    day.english()
    page.keyboard.type("Tap in the bathroom")  # after the note of the call, which stands there already
    press("Control+/")
    expect(here("#intake .picker-list li").first).to_be_visible()
    page.keyboard.type("报价")
    expect(here("#intake .picker-list li")).to_have_count(1)
    press("Enter")
    page.keyboard.type("80")
    expect(here("#f-content")).to_have_value(f"{noted}Tap in the bathroom\n有偿服务：已报价80元，说明工时和材料，客户同意后派工。")
    here("#f-convenient_time").focus()
    page.keyboard.type("any time")
    press("Control+Enter")
    expect(here("#told-yes-error")).to_have_text("Required")
    expect(here("#told-yes")).to_be_focused()
    press("Space")
    press("Control+Enter")
    expect(here("#intake .form-error")).to_contain_text(open_already)
    day.english()
    here("#apart").focus()
    press("Space")
    day.goes("Control+Enter", to="#done")
    made = desk.all(TicketRow)[-1]
    assert "Tap in the bathroom" in made.content
    day.goes("x", to="#my-state [data-agent-state=wrap_up]")
    day.goes("f", to="#my-state [data-agent-state=available]")

    day.goes("g", "1", to="#missed")
    day.goes("]", to="#desk-matter")
    assert {"q", "o", "n", "]", "p"} <= day.sheet().keys()
    matter(desk, "later", category="205", content="灯不亮", room=None, place="梧桐里5栋1单元大堂")
    expect(here("#customer [data-news=New]")).to_contain_text("灯不亮")
    day.goes("q", to="#by-hand")

    press("b")
    expect(here("#result-CM1")).to_be_focused()
    page.keyboard.type("No answer")
    press("Tab")
    day.goes("Enter", to="#missed-CM2[open]")
    press("b")
    expect(here("#result-CM2")).to_be_focused()
    page.keyboard.type("No answer")
    press("Tab")
    day.goes("Enter", to="#by-hand")
    expect(here("#missed")).to_have_count(0)

    day.goes("g", "5", to=".taps")
    expect(here("h1")).to_have_text("周敏")
    day.goes("1", to=".toast-ok")
    press("4")
    expect(here("#f-followup-contact_result")).to_be_focused()
    page.keyboard.type("No answer")
    here(".more .btn-primary").focus()
    day.goes("Enter", to=".toast-ok")

    day.goes("g", "1", to="#handy")
    day.goes("g", "h", to="#hand-over")
    here("#f-to").focus()
    press("ArrowDown")
    expect(here("#f-to")).not_to_have_value("")
    here("#f-notes").focus()
    page.keyboard.type("Nothing else")
    here("#hand-over .btn-primary").focus()
    day.goes("Enter", to=".toast-ok")
    press("g")
    press("m")
    expect(here(".account-menu a")).to_be_focused()
    press("Tab")
    press("Enter")
    expect(here("[name=password]")).to_be_visible()
    day.english()
