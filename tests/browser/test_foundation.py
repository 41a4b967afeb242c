"""What every page does in a real browser: counts down, stays live, loses no words, works by keyboard and by thumb."""

import re
from datetime import timedelta

import pytest
from flask_babel import force_locale
from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.vocabulary import BADGES
from callcenter.events import publish
from callcenter.web.people import DOORS
from tests.browser.conftest import until_it_is_so

LIVE = ".connection[data-state=live]"


def note(site, page, text):
    """Another person's doing, told to every browser."""
    site.app.notes.append(text)
    publish(site.app.extensions["redis"], "ticket", id=len(site.app.notes))


def test_chinese_is_drawn_with_a_real_font_and_the_page_says_it_is_chinese(site, page):
    site.sign_in(page)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    width = page.evaluate(
        "() => { const c = document.createElement('canvas').getContext('2d'); c.font = '40px sans-serif';"
        " return c.measureText('急修').width }"
    )
    assert round(width) == 80


def test_a_change_elsewhere_appears_without_reloading_and_half_typed_text_stays(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/rules")
    expect(page.locator(LIVE)).to_have_text("实时")
    page.fill("#f-text", "打到一半")
    key = page.input_value("#note-form [name=key]")
    note(site, page, "别人写的")
    expect(page.locator("#note-1")).to_have_text("别人写的")
    expect(page.locator("#f-text")).to_be_focused()
    expect(page.locator("#f-text")).to_have_value("打到一半")
    assert page.input_value("#note-form [name=key]") == key


def test_ten_tabs_of_one_browser_are_all_live_over_one_stream(site, page, context):
    site.sign_in(page)
    tabs = [context.new_page() for _ in range(9)]
    for tab in tabs:
        tab.goto(f"{site.address}/rules")
        expect(tab.locator(LIVE)).to_be_visible()
    until_it_is_so(lambda: site.app.extensions["live"].count() == 1)  # a stream that was given up is counted for a moment
    note(site, page, "人人看见")
    for tab in tabs:
        expect(tab.locator("#note-1")).to_have_text("人人看见")


def test_without_a_shared_worker_the_page_listens_by_itself(site, page):
    page.add_init_script("delete window.SharedWorker")
    site.sign_in(page)
    page.goto(f"{site.address}/rules")
    expect(page.locator(LIVE)).to_be_visible()
    note(site, page, "照样收到")
    expect(page.locator("#note-1")).to_have_text("照样收到")


def test_without_redis_the_badge_says_so_and_the_page_asks_by_itself(site_without_redis, page):
    site_without_redis.sign_in(page)
    page.goto(f"{site_without_redis.address}/rules")
    expect(page.locator("#connection")).to_have_text("定时刷新")
    site_without_redis.app.notes.append("迟几秒也看见")
    expect(page.locator("#note-1")).to_have_text("迟几秒也看见", timeout=15_000)


def test_whoever_was_signed_out_is_told_so_on_the_open_page(site_without_redis, page):
    site_without_redis.sign_in(page)
    page.goto(f"{site_without_redis.address}/rules")
    site_without_redis.app.extensions["people"].change_password("wangfang")
    expect(page.locator("#connection")).to_have_text("登录已过期，请重新登录", timeout=15_000)


def test_a_countdown_changes_colour_symbol_and_words_and_is_spoken_once(site, page):
    began = clock.now()
    page.clock.install(time=began)
    page.clock.pause_at(began + timedelta(minutes=5))  # however slow this machine is, only the test lets time pass
    site.sign_in(page)
    page.goto(f"{site.address}/desk")
    running = page.locator("[data-what='WX-261122-0041']")
    expect(running).to_have_class("due due-soon")
    page.evaluate(
        "() => { window.said = []; const region = document.getElementById('alert');"
        " new MutationObserver(() => said.push(region.textContent)).observe(region, {childList: true}) }"
    )
    page.clock.run_for(timedelta(seconds=45).total_seconds() * 1000)
    expect(running).to_have_class("due due-late")
    expect(running).to_have_text(re.compile(r"▲\s*超时 0:03"))
    spoken = [text for text in page.evaluate("said") if "0041" in text]
    assert len(spoken) == 1
    assert spoken[0].startswith("WX-261122-0041 超时 0:0")


def test_countdowns_follow_the_servers_clock_when_this_computers_is_wrong(site, page):
    page.clock.install(time=clock.now() + timedelta(hours=7))
    site.sign_in(page)
    page.goto(f"{site.address}/desk")
    expect(page.locator("[data-what='WX-261122-0038']")).to_have_text(re.compile(r"剩 2:5[67]:\d\d"))


def test_server_and_script_write_the_same_words(site, browser):
    texts = []
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts, locale="en-GB")
        page = context.new_page()
        site.sign_in(page)
        page.goto(f"{site.address}/dispatch")
        texts.append([re.sub(r"\s+|\d", "", text) for text in page.locator(".due").all_text_contents()])
        context.close()
    assert texts[0] == texts[1] == ["▲:overdue", "◆duein:", "::left", "dleft"]


def test_single_keys_work_and_rest_while_typing_or_composing_chinese(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/dispatch")
    page.keyboard.press("/")
    expect(page.locator("[name=q]")).to_be_focused()
    page.keyboard.type("g1?")
    expect(page.locator("[name=q]")).to_have_value("g1?")
    page.keyboard.press("Escape")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', isComposing: true, bubbles: true}))")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help dl")).to_contain_text("坐席台")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("1")
    page.wait_for_url("**/desk")


def test_a_form_pressed_twice_is_sent_once(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/rules")
    page.fill("#f-text", "一次")
    page.evaluate("() => { const f = document.getElementById('note-form'); f.requestSubmit(); f.requestSubmit() }")
    expect(page.locator("#note-1")).to_have_text("一次")
    assert site.app.notes == ["一次"]


def test_a_refusal_stands_in_the_form_and_the_words_stay(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/dispatch")
    page.select_option("[name=technician]", "1")
    page.fill("[name=reason]", "冲突")
    page.click("text=确认派单")
    expect(page.locator("#send .form-error")).to_have_text("WX-261122-0042 已派单：不能再派单")
    expect(page.locator("[name=reason]")).to_have_value("冲突")
    expect(page.locator("text=确认派单")).to_have_attribute("aria-disabled", "false")


def test_errors_stand_beside_their_fields_and_the_first_has_the_focus(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/dispatch")
    page.select_option("[name=technician]", "1")
    page.click("text=确认派单")
    reason = page.locator("[name=reason]")
    expect(page.locator("#f-reason-error")).to_have_text("请写明原因")
    expect(reason).to_have_attribute("aria-invalid", "true")
    assert "f-reason-error" in reason.get_attribute("aria-describedby")
    expect(page.locator("[name=technician]")).to_be_focused()


def test_a_success_goes_on_with_its_message_and_forgets_the_draft(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/dispatch")
    page.select_option("[name=technician]", "1")
    page.fill("[name=reason]", "水漫客厅")
    page.click("text=确认派单")
    expect(page.locator(".toast-ok")).to_have_text("已派给 刘洋")
    assert site.app.notes == ["水漫客厅"]
    expect(page.locator("[name=reason]")).to_have_value("")


def test_a_draft_survives_a_reload_and_not_a_sign_out(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/dispatch")
    page.locator("[name=reason]").press_sequentially("还没写完")
    page.reload()
    expect(page.locator("[name=reason]")).to_have_value("还没写完")
    expect(page.locator(".draft-note")).to_have_text("已恢复上次未提交的内容")
    page.click(".account summary")
    page.click("text=退出登录")
    page.wait_for_url("**/sign-in")
    assert page.evaluate("sessionStorage.length") == 0


def test_when_the_network_is_gone_the_words_stay_and_the_person_is_told(site, page, context):
    site.sign_in(page)
    page.goto(f"{site.address}/rules")
    expect(page.locator(LIVE)).to_be_visible()
    page.fill("#f-text", "断网时写的")
    page.route("**/rules/note", lambda route: route.abort())
    page.click("#note-form button")
    expect(page.locator("#note-form .form-error")).to_contain_text("没有提交成功，内容还在")
    page.unroute("**/rules/note")
    page.click("#note-form button")
    expect(page.locator("#note-1")).to_have_text("断网时写的")


def test_the_language_changes_in_place(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/rules")
    page.click(".language button")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(f"{site.address}/rules")
    expect(page.locator(".doors a[aria-current]")).to_have_text("Rules")


def test_sound_is_off_until_asked_for_and_the_choice_is_kept(site, page):
    site.sign_in(page)
    button = page.locator("[data-action=sound]")
    expect(page.locator(LIVE)).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("s")
    expect(page.locator("#sounds [name=on]")).to_be_focused()
    page.keyboard.press("Space")
    page.locator("#sounds [value=soon]").uncheck()
    page.locator("#sound-volume").fill("30")
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator(LIVE)).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "true")
    heard = "kinds => import(document.querySelector('script[src*=\"js/main.js\"]').src.replace('main.js', 'sound.js')).then(s => {" \
            " const said = []; document.addEventListener('callcenter:sounded', e => said.push(e.detail.kind)); kinds.forEach(s.beep); return said })"
    assert page.evaluate(heard, ["soon", "late", "call"]) == ["late", "call"]
    button.click()
    expect(page.locator("#sound-volume")).to_have_value("30")
    page.locator("#sounds [name=quiet]").check()
    now = page.evaluate("new Date().toTimeString().slice(0, 2)")
    page.fill("#sound-from", f"{now}:00")
    page.fill("#sound-until", f"{(int(now) + 1) % 24:02d}:59")
    page.keyboard.press("Escape")
    assert page.evaluate(heard, ["late", "call"]) == []


def test_the_first_tab_stop_leads_to_the_content(site, page):
    site.sign_in(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.fixture
def phone(browser, site):
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="zh-CN")
    page = context.new_page()
    site.sign_in(page)
    yield page
    context.close()


@pytest.mark.parametrize("path", ["/desk", "/dispatch", "/supervise", "/me"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_never_scrolls_sideways_and_every_button_fits_a_thumb(site, phone, path, language):
    phone.context.add_cookies([{"name": "language", "value": language, "url": site.address}])
    phone.goto(site.address + path)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    small = phone.evaluate(
        "() => [...document.querySelectorAll('button, .btn, .doors a, .views a, input:not([type=hidden]), select')]"
        ".map(el => el.matches('[type=radio], [type=checkbox]') ? el.closest('label') ?? el : el)"
        ".filter(el => el.checkVisibility() && el.getBoundingClientRect().height < 44).map(el => el.outerHTML.slice(0, 80))"
    )
    assert small == []


def test_on_a_phone_the_doors_are_at_the_bottom_and_a_table_reads_as_cards(site, phone):
    phone.goto(f"{site.address}/dispatch")
    box = phone.locator(".doors").bounding_box()
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    cell = phone.locator(".rows td").first
    assert cell.evaluate("el => getComputedStyle(el, '::before').content") == '"时限"'


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_of_the_bottom_bar_is_cut_off_on_the_narrowest_telephone(site, phone, language):
    phone.set_viewport_size({"width": 360, "height": 780})
    phone.context.add_cookies([{"name": "language", "value": language, "url": site.address}])
    phone.goto(f"{site.address}/dispatch")
    expect(phone.locator(".doors a:visible")).to_have_count(5)
    with site.app.test_request_context(), force_locale(language):
        words = {str(door.title) for role in BADGES for doors in [[door for door in DOORS if role in door.roles]]
                 for door in doors[:4] if len(doors) > 3}
    cut = phone.evaluate(
        "words => { const span = document.querySelector('.doors a[aria-current] span');"
        " return words.filter(word => { span.textContent = word; return span.scrollWidth > span.clientWidth }) }", sorted(words))
    assert cut == []


def test_paper_shows_the_content_and_not_the_controls(site, page):
    site.sign_in(page)
    page.goto(f"{site.address}/dispatch")
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator("table.rows")).to_be_visible()
