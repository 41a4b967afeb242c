"""A caller's two matters, taken with the keyboard alone, in Chinese characters, and through a tab that is closed half-way."""

from playwright.sync_api import expect

from callcenter.services.intake import keys
from callcenter.storage.desk_tables import DraftRow
from callcenter.storage.tables import CallRow, CustomerRow, TicketRow, sa
from tests.browser.test_desk import CALLER, ROOM, desk  # noqa: F401 - the fixture


def ready(page) -> None:
    """Live, and every script of the page is there: from here on keys are listened to."""
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.wait_for_load_state()


def composes(page, sounds: str, signs: str, ends: str = "") -> None:
    """Typed with an input method: the sounds stand underlined, Enter belongs to it, and then the signs take their place."""
    method = page.context.new_cdp_session(page)
    for length in range(1, len(sounds) + 1):
        method.send("Input.imeSetComposition", {"text": sounds[:length], "selectionStart": length, "selectionEnd": length})
    method.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229})
    if ends:
        expect(page.locator(ends)).to_have_value(sounds)
    method.send("Input.insertText", {"text": signs})
    method.detach()


def test_two_matters_of_one_call_by_keyboard_in_characters_and_on_another_machine(page, browser, desk, browser_context_args):  # noqa: F811
    with desk.hotline.store.transaction() as session:
        keys.of_customer(session, session.scalars(sa.select(CustomerRow).where(CustomerRow.name == "周敏")).one())
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk")
    ready(page)
    desk.rings(number=None)  # withheld: who it is must be asked
    expect(page.locator("#ring-dialog[open]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#pop h1")).to_have_text("号码未显示")
    ready(page)

    page.keyboard.press("z")
    expect(page.locator("#caller-search")).to_be_focused()
    page.keyboard.type("zm")
    expect(page.locator("#caller-found li").first).to_contain_text("周敏")
    page.keyboard.press("Enter")
    expect(page.locator("#f-room")).to_have_value(ROOM)
    expect(page.locator("#f-customer_name")).to_have_value("周敏")
    expect(page.locator("#f-contact_phone")).to_have_attribute("placeholder", "档案号码 190****0001")

    expect(page.locator("#category-search")).to_be_focused()
    expect(page.locator("#category-found li").first).to_contain_text("请保持镇静")  # nothing typed: what cannot wait, with the words to say
    composes(page, "baoguan", "爆管", "#category-search")
    expect(page.locator("#category-found li").first).to_contain_text("101")
    expect(page.locator("#f-category")).to_have_value("")  # the Enter that chose characters chose no category
    page.keyboard.press("Enter")
    expect(page.locator("#f-category")).to_have_value("101")
    expect(page.locator("#advice")).to_contain_text("您看可以吗")
    expect(page.locator("#f-content")).to_be_focused()
    composes(page, "chufangloushui", "厨房漏水")
    expect(page.locator("#draft-said")).to_contain_text("草稿已保存")
    page.close()

    elsewhere = browser.new_context(**browser_context_args)
    other = elsewhere.new_page()
    desk.sign_in(other)
    other.goto(f"{desk.address}/desk")
    ready(other)
    expect(other.locator("#draft-kept")).to_contain_text("草稿已放回")
    expect(other.locator("#f-content")).to_have_value("厨房漏水")
    expect(other.locator("#f-category")).to_have_value("101")
    other.locator("#told-yes").focus()
    other.keyboard.press("Space")
    other.keyboard.press("Control+Enter")
    expect(other.locator("#done")).to_contain_text("我们将在二日内向您反馈处理结果")
    ready(other)

    other.keyboard.press("m")
    expect(other.locator("#done")).to_have_count(0)
    expect(other.locator("#f-content")).to_have_value("")
    ready(other)
    other.keyboard.press("c")
    expect(other.locator("#category-search")).to_be_focused()
    other.keyboard.type("gonggongzhaoming")
    expect(other.locator("#category-found li").first).to_contain_text("205")
    other.keyboard.press("Enter")
    expect(other.locator("#f-category")).to_have_value("205")
    expect(other.locator("#caller-search")).to_be_focused()
    other.keyboard.type("5栋1单元大堂")
    expect(other.locator("#caller-found li").first).to_contain_text("梧桐里5栋1单元大堂")
    other.keyboard.press("Enter")
    expect(other.locator("#f-place")).to_have_value("梧桐里5栋1单元大堂")
    other.fill("#f-customer_name", "周敏")
    other.fill("#f-contact_phone", CALLER)
    other.fill("#f-content", "灯不亮")
    other.check("#told-yes")
    other.keyboard.press("Control+Enter")
    expect(other.locator("#done")).to_be_visible()
    elsewhere.close()

    (call,) = desk.all(CallRow)
    first, second = desk.all(TicketRow)
    assert (first.call_id, second.call_id) == (call.id, call.id)
    assert (first.content, first.contact_phone, second.place) == ("厨房漏水", CALLER, "梧桐里5栋1单元大堂")
    assert desk.all(DraftRow) == []
