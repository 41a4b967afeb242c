"""A technician's telephone in a real Chromium: online, without network, back again; pictures, a signature on glass, and what signing out says."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.hotline import Hotline
from callcenter.storage.field_tables import AttachmentRow
from callcenter.storage.tables import DutyRow, EventRow, MessageRow, TicketRow
from tests.browser.conftest import Site, _serve, until_it_is_so
from tests.hotlines import fill, open_hotline
from tests.web.office import application


@pytest.fixture(scope="module")
def field_hotline(tmp_path_factory) -> Iterator[Hotline]:
    """The demo company, everybody on duty all day: the browser's clock is the real one."""
    url = f"sqlite:///{tmp_path_factory.mktemp('field') / 'hotline.sqlite3'}"
    fill(url, clock.now() - timedelta(days=1))
    found = open_hotline(url, clock.now())
    with found.store.transaction() as session:
        now = clock.now()
        session.execute(sa.update(DutyRow).values(start_at=now - timedelta(days=1), end_at=now + timedelta(days=1)))
    yield found
    found.store.engine.dispose()


@pytest.fixture(scope="module")
def field_site(field_hotline: Hotline, tmp_path_factory) -> Iterator[Site]:
    app = application(field_hotline, ("acts", "field", "tickets"))
    settings = replace(app.extensions["parts"].settings, data_dir=tmp_path_factory.mktemp("data"))
    app.extensions["parts"] = SimpleNamespace(**{**vars(app.extensions["parts"]), "settings": settings})
    yield from _serve(app)


_attempts = count()


def job(hotline: Hotline, key: str, to: str = "plumber01", **fields: object) -> str:
    """A dripping tap, sent to somebody; another one when the test is tried again."""
    key = f"{key}-{next(_attempts)}"
    given = {"customer_name": "周敏", "content": "水龙头滴漏", "category": "104", "room": "望江苑4栋1单元1203",
             "contact_phone": "19000000001", **fields}
    number = tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", given), f"open-{key}", clock.now()).number
    tickets.carry_out(hotline, number, Act(Action.DISPATCH, "dispatcher01", {"to": to}), f"send-{key}", clock.now())
    return number


def enter(site: Site, page, user: str = "plumber01", width: int = 360) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site.address}/sign-in?next=/field")
    page.fill("[name=user]", user)
    page.fill("[name=password]", user)
    page.click("main form button")
    page.wait_for_selector("body.field-page.scripted")


def story(hotline: Hotline, number: str) -> list[tuple[str, dict]]:
    """What the person did, oldest first."""
    with hotline.store.reading() as session:
        rows = session.execute(sa.select(EventRow.action, EventRow.data).join(TicketRow, TicketRow.id == EventRow.ticket_id)
                               .where(TicketRow.number == number, EventRow.by.like("plumber%")).order_by(EventRow.id))
        return [(action, data) for action, data in rows]


def code(hotline: Hotline, number: str) -> str:
    """What the customer read in the text."""
    with hotline.store.reading() as session:
        text = session.scalar(sa.select(MessageRow.text).join(TicketRow, TicketRow.id == MessageRow.ticket_id).where(
            TicketRow.number == number, MessageRow.notice == "arriving"))
    return text.split("到场码 ")[1][:4]


def camera(side: int = 2400) -> dict:
    held = io.BytesIO()
    Image.effect_noise((side, side // 2), 60).convert("RGB").save(held, "JPEG")
    return {"name": "camera.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def finish(page, number: str) -> None:
    """The whole form of finishing, signature on glass included."""
    page.locator(f"#job-{number} [data-stage=complete] > details > summary").click()
    form = page.locator(f"#complete-{number}")
    form.locator("[name=result]").fill("换阀芯,试水不漏")
    form.locator("[name=result_explained]").check()
    form.locator("[name=fault_cause]").fill("阀芯老化")
    form.locator("[name=work_minutes]").fill("25")
    form.locator("[data-more]").click()
    for part, typed in (("name", "陶瓷阀芯"), ("size", "35mm"), ("quantity", "2"), ("price", "18.5")):
        form.locator(f"[data-part={part}]").fill(typed)
    expect(form.locator(".material-sum")).to_contain_text("37")
    form.locator("[data-sign]").click()
    page.fill("#sign-name", "周敏")
    box = page.locator("#sign-glass").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 90, steps=5)
    page.mouse.up()
    page.locator("#sign-pad [data-done]").click()
    expect(form.locator("[name=signature]")).to_have_value("周敏")
    form.locator("button.btn-big").click()


def test_a_job_from_acceptance_to_signature_with_network(field_site, field_hotline, page):
    number = job(field_hotline, "online")
    enter(field_site, page)
    card = page.locator(f"#job-{number}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.locator("[data-stage=accept] button.btn-big").click()
    with page.expect_response("**/acts/depart"):
        card.locator("[data-stage=depart] button.btn-big").click()
    card.locator("[data-stage=arrive] > details > summary").click()
    card.locator("[name=code]").fill("x" + code(field_hotline, number)[1:])
    card.locator("[data-stage=arrive] button.btn-big").click()
    expect(card.locator("[id$=code-error]")).to_contain_text("还可试 4 次")
    card.locator("[name=code]").fill(code(field_hotline, number))
    card.locator("[data-stage=arrive] button.btn-big").click()
    expect(card.locator("[data-stage=complete]")).to_be_visible()
    card.locator("[data-photo=before] [type=file]").set_input_files(camera())
    expect(card.locator("[data-photos] img")).to_have_count(1)
    finish(page, number)
    expect(page.locator("#slips-title")).to_be_visible()
    expect(card.locator("[data-stage=complete]")).to_have_count(0)
    assert [action for action, _ in story(field_hotline, number)] == [
        "accept", "depart", "arrive_refused", "arrive", "attached", "attached", "complete"]
    assert all("device" not in data for _, data in story(field_hotline, number))
    with field_hotline.store.reading() as session:
        kept = session.scalars(sa.select(AttachmentRow).join(TicketRow, TicketRow.id == AttachmentRow.ticket_id).where(
            TicketRow.number == number).order_by(AttachmentRow.id)).all()
    assert [(a.kind, a.width, a.media, a.signer) for a in kept] == [
        ("before", 1600, "image/jpeg", None), ("signature", 1000, "image/png", "周敏")]


#: the worker would send what waits as well, past what a test does to the page's own network and clock
THE_PAGE_ALONE = "delete ServiceWorkerRegistration.prototype.sync;"


def in_english(site: Site, context) -> None:
    context.add_cookies([{"name": "language", "value": "en", "url": site.address}])


def test_a_technicians_day_in_english_away_from_the_network_and_back(field_site, field_hotline, page, context):
    """With the telephone's clock five hours slow, the application closed and opened, and a second tab of it open at the end."""
    number = job(field_hotline, "day", to="plumber02", category="101", content="水管爆裂", room="梧桐里3栋2单元1602")
    in_english(field_site, context)
    context.add_init_script("const real = Date.now; Date.now = () => real() - 5 * 3600e3;" + THE_PAGE_ALONE)
    enter(field_site, page, "plumber02")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # from here on the worker keeps the page
    page.wait_for_selector("body.scripted")
    page.wait_for_function("caches.open('field-page').then((kept) => kept.match('/field')).then(Boolean)")
    card = page.locator(f"#job-{number}")
    card.locator("[data-stage=accept]").get_by_role("button", name="Accept").click()
    card.locator("[data-stage=depart]").get_by_role("button", name="I am on my way").click()
    expect(card.locator("[data-stage=depart]")).to_have_count(0)  # the server has it
    page.evaluate("caches.open('field-page').then(async (kept) => kept.put('/field', await fetch('/field')))")  # else within a minute
    context.set_offline(True)
    page.reload()
    page.wait_for_selector("body.scripted")
    expect(page.locator("#field-network")).to_contain_text("Offline")
    card.get_by_text("Other actions").click()
    card.locator("[data-beside=no_access] > summary").click()
    card.locator("[data-beside=no_access] [name=note_left]").select_option(label="Yes")
    card.locator("[data-beside=no_access] button.btn-big").click()
    expect(page.locator("#field-queue li")).to_contain_text(["Nobody home"])
    expect(card.locator(".stage:visible")).to_have_count(0)  # nothing is offered that the server would refuse
    assert [action for action, _ in story(field_hotline, number)] == ["accept", "depart"]
    page.reload()  # the application was closed meanwhile: everything is still there
    page.wait_for_selector("body.scripted")
    expect(page.locator("#field-queue li")).to_have_count(1)
    context.set_offline(False)
    expect(page.locator("#field-queue")).to_be_hidden()

    card.locator("[data-stage=resume] button.btn-big").click()
    expect(card.locator("[data-stage=resume]")).to_have_count(0)
    card.locator("[data-stage=arrive] > details > summary").click()
    card.locator("[name=code]").fill(code(field_hotline, number))
    card.locator("[data-stage=arrive] button.btn-big").click()
    expect(card.locator("[data-stage=arrive]")).to_have_count(0)
    context.set_offline(True)
    card.get_by_text("Other actions").click()
    card.locator("[data-beside=make_safe] > summary").click()
    card.locator("[data-beside=make_safe] [name=note]").fill("Main valve shut")
    card.locator("[data-beside=make_safe] button.btn-big").click()
    expect(card.locator("[data-beside=make_safe]")).to_be_hidden()
    for kind in ("before", "after"):
        card.locator(f"[data-photo={kind}] [type=file]").set_input_files(camera(800))
    expect(card.locator("[data-queued-photos] img")).to_have_count(2)
    finish(page, number)
    expect(page.locator("#field-queue li")).to_have_count(5)
    second = context.new_page()
    second.goto(f"{field_site.address}/field")
    expect(second.locator("#field-queue li")).to_have_count(5)
    context.set_offline(False)
    for tab in (second, page):
        expect(tab.locator("#field-queue")).to_be_hidden()
    expect(page.locator("#slips-title")).to_contain_text("Slips")
    done = story(field_hotline, number)
    assert [action for action, _ in done] == [
        "accept", "depart", "no_access", "resume", "arrive", "make_safe", "attached", "attached", "attached", "complete"]
    away = [data["device"] for action, data in done if "device" in data]
    assert [kept["belief"] for kept in away] == ["plausible"] * 6
    assert [kept["at"] for kept in away] == sorted(kept["at"] for kept in away)
    second.goto(f"{field_site.address}/tickets/{number}")
    expect(second.locator(".story")).to_contain_text("made offline, plausible")
    expect(second.locator(".story img")).to_have_count(3)


def test_what_the_server_refuses_later_stays_with_its_reason_and_can_be_dropped(field_site, field_hotline, page, context):
    number = job(field_hotline, "refused", to="plumber03")
    enter(field_site, page, "plumber03")
    card = page.locator(f"#job-{number}")
    context.set_offline(True)
    card.locator("[data-stage=accept] button.btn-big").click()
    card.locator("[data-stage=depart] button.btn-big").click()
    expect(page.locator("#field-queue li")).to_have_count(2)
    act = Act(Action.REASSIGN, "dispatcher01", {"to": "plumber01", "reason": "改派"})
    tickets.carry_out(field_hotline, number, act, f"reassigned-{number}", clock.now())
    context.set_offline(False)
    page.evaluate("document.querySelector('[data-send]').click()")
    expect(page.locator("#field-queue .is-refused")).to_contain_text("没有被接受")
    expect(page.locator("#field-queue li").nth(1)).to_contain_text("排在前一件之后")
    page.once("dialog", lambda asked: asked.accept())
    page.locator("#field-queue .btn-bad").first.click()
    expect(page.locator("#field-queue .is-refused")).to_have_count(1)  # the one after it is refused as well
    page.once("dialog", lambda asked: asked.accept())
    page.locator("#field-queue .btn-bad").first.click()
    expect(page.locator("#field-queue")).to_be_hidden()


def test_what_waits_is_its_owners_through_signing_out_another_and_the_end_of_a_session(field_site, field_hotline, page, context):
    number = job(field_hotline, "leaving")
    context.add_init_script(THE_PAGE_ALONE)
    enter(field_site, page, width=1440)
    page.route("**/acts/**", lambda route: route.abort())  # a network that carries pages and loses what is sent
    page.locator(f"#job-{number} [data-stage=accept] button.btn-big").click()
    expect(page.locator("#field-queue li")).to_have_count(1)
    said = []
    page.once("dialog", lambda asked: (said.append(asked.message), asked.dismiss()))
    page.locator(".account summary").click()
    page.locator(".account form[data-forget] button").click()
    expect(page.locator("#field-queue")).to_be_visible()
    assert "还有 1 件没有提交" in said[0]

    page.route("**/*", lambda route: route.abort())  # what this page still asks for would bring the session back
    second = context.new_page()

    def signed_out() -> bool:
        context.clear_cookies(name="callcenter_session")
        second.goto(f"{field_site.address}/sign-in")
        return second.locator("[name=user]").is_visible()

    until_it_is_so(signed_out)
    enter(field_site, second, "plumber03", width=1440)  # another signs in beside the page that still stands open
    expect(second.locator("#field-queue")).to_be_hidden()
    page.unroute("**/*")
    page.unroute("**/acts/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("body[data-user=plumber03]")).to_be_attached()
    page.wait_for_selector("body.scripted")
    expect(page.locator("#field-queue")).to_be_hidden()

    def ended() -> bool:
        context.clear_cookies(name="callcenter_session")
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(300)
        return page.locator("#field-again").is_visible()

    until_it_is_so(ended)
    expect(page.locator("#field-again")).to_contain_text("登录已过期")
    assert story(field_hotline, number) == []
    page.locator("#field-again a").click()
    expect(page.locator("[name=password]")).to_be_visible()
    enter(field_site, page, width=1440)
    expect(page.locator(f"#job-{number} [data-stage=accept]")).to_have_count(0)
    assert [action for action, _ in story(field_hotline, number)] == ["accept"]
    page.locator(".account summary").click()
    page.locator(".account form[data-forget] button").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate("caches.keys()").count("field-page") == 0


def test_what_the_telephone_cannot_do_is_said_and_loses_nothing(field_site, field_hotline, page, context):
    """No room, no position, no camera, no picture."""
    number = job(field_hotline, "poor", to="plumber03")
    context.add_init_script("window.BarcodeDetector = class { async detect() { return []; } }; const add = IDBObjectStore.prototype.add;"
                            "IDBObjectStore.prototype.add = function (...all) { if (window.full) throw new DOMException('', 'QuotaExceededError');"
                            " return add.apply(this, all); };")
    enter(field_site, page, "plumber03")
    card = page.locator(f"#job-{number}")
    page.evaluate("window.full = true")
    card.locator("[data-stage=accept] button.btn-big").click()  # nothing can be kept, but there is network
    expect(card.locator("[data-stage=depart]")).to_be_visible()
    context.set_offline(True)
    card.locator("[data-stage=depart] button.btn-big").click()
    expect(card.locator("[data-stage=depart] .form-error")).to_contain_text("手机存不下")
    context.set_offline(False)
    card.locator("[data-stage=depart] button.btn-big").click()
    expect(card.locator("[data-stage=arrive]")).to_be_visible()
    card.locator("[data-photo=before] [type=file]").set_input_files(camera(400))
    expect(card.locator("[data-photos] img")).to_have_count(1)
    card.locator("[data-photo=before] [type=file]").set_input_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.locator("#field-told")).to_contain_text("打不开")

    page.evaluate("window.full = false")
    card.locator("[data-stage=arrive] > details > summary").click()
    arrive = card.locator("[data-stage=arrive]")
    arrive.locator("[data-scan]").click()
    expect(arrive.locator("[id$=code-error]")).to_contain_text("不能用相机扫码")
    arrive.locator("[value=position]").check()
    arrive.locator("[data-position]").click()
    expect(arrive.locator("[id$=position-error]")).to_contain_text("没有允许这一页取位置")
    arrive.locator("button.btn-big").click()
    expect(arrive.locator("[id$=position-error]")).to_have_text("必填")
    arrive.locator("[value=none]").check()
    arrive.locator("button.btn-big").click()
    expect(arrive.locator("[name=reason]")).to_be_focused()
    arrive.locator("[name=reason]").fill("客户手机没电")
    arrive.locator("button.btn-big").click()
    expect(card.locator("[data-stage=arrive]")).to_have_count(0)
    assert [action for action, _ in story(field_hotline, number)] == ["accept", "depart", "attached", "arrive"]


def test_it_can_be_installed_and_is_for_a_thumb_in_the_dark(field_site, field_hotline, page, context):
    job(field_hotline, "english")
    in_english(field_site, context)
    enter(field_site, page)
    expect(page.locator("#jobs-title")).to_contain_text("My jobs")
    for _ in range(3):
        if page.evaluate("document.documentElement.dataset.look") == "dark":
            break
        page.locator("#field-look").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 22, 29)"
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((found) => found.json())")
    assert manifest["display"] == "standalone"
    assert manifest["scope"] == "/field"
    assert page.evaluate("navigator.serviceWorker.ready.then((found) => new URL(found.scope).pathname)") == "/field"
    height = "(found) => found.filter((el) => el.checkVisibility()).map((el) => el.getBoundingClientRect().height)"
    assert min(page.locator("main button, main summary, main .btn").evaluate_all(height)) >= 47.5
