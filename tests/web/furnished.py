"""A house with something on every page: jobs in several states, calls, texts, a survey, actions, reviews and a day that is over."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter import clock
from callcenter.app import PAGES
from callcenter.domain.call_review import Item, Mark
from callcenter.domain.days import local
from callcenter.services import timers
from callcenter.services.hotline import Hotline
from callcenter.services.messages import texts
from callcenter.services.quality import reviews
from callcenter.services.recurring import periods
from callcenter.services.telephone import calls
from callcenter.storage.tables import CompoundRow, CustomerRow, MessageRow, PersonRow, RoomRow
from tests.hotlines import NINE
from tests.web import office as offices
from tests.web.office import Hand, Office

COMPOUND, HALF = "HM", "2026H1"


@dataclass
class Furnished:
    """The office, and where what is on the pages can be opened: rule of the address → an address of it."""

    office: Office
    at: dict[str, str] = field(default_factory=dict)


def furnish(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> Furnished:
    """Everything happened on the tenth of March; it is the morning after, and the clock runs from now on."""
    office = Office(hotline, Hand(monkeypatch, hotline))
    office.app = offices.application(hotline, PAGES)
    house = Furnished(office)
    _small_compound(hotline)
    periods.open_due(hotline, office.hand.now)
    _tickets(house)
    _telephone(house)
    _books(house)
    _survey(house)
    _next_morning(house, monkeypatch)
    _wall(house)
    return house


def _small_compound(hotline: Hotline) -> None:
    with hotline.store.transaction() as session:
        session.add(CompoundRow(code=COMPOUND, name="小院", region="东区"))
        session.execute(sa.update(PersonRow).where(PersonRow.user == "pm01").values(compounds=["WTL", COMPOUND]))
        session.flush()
        for n in range(1, 7):
            room = RoomRow(compound=COMPOUND, building="1", entrance="1", number=f"{n}01", text=f"小院1栋1单元{n}01", state="自住")
            session.add(room)
            session.flush()
            session.add(CustomerRow(room_id=room.id, name=f"住户{n}", relation="业主", phone=f"1900000010{n}", phone_key=f"+861900000010{n}"))


def _tickets(house: Furnished) -> None:
    """New, on its way, on site, to be called back, closed; a complaint with a notice and an order."""
    office = house.office
    office.opens()
    waiting, going, there, back, closed = (office.opens(category=code, content=said) for code, said in (
        ("104", "厨房水龙头一直滴水"), ("105", "马桶堵了"), ("104", "阳台水龙头拧不紧"), ("105", "地漏下水慢"), ("105", "洗手池堵了")))
    for number in (going, there, back, closed):
        office.does(number, "dispatch", "dispatcher01", to="plumber01")
        office.does(number, "accept", "plumber01")
    for number in (there, back, closed):
        office.does(number, "arrive", "plumber01")
    for number in (back, closed):
        office.does(number, "complete", "plumber01", result="更换了密封圈", result_explained=True)
        office.does(number, "return_slip", "lead01")
    office.does(closed, "record_callback", "callback01", contact_result="reached", satisfaction="satisfied")
    tomorrow = {"appointment_start": office.hand.now + timedelta(hours=25), "appointment_end": office.hand.now + timedelta(hours=26)}
    for at_once in [office.opens(category="104", content="水龙头要换", **tomorrow) for _ in range(2)]:  # the next day's board has a clash
        office.does(at_once, "dispatch", "dispatcher01", to="plumber01")
    complaint = office.opens(category="903", content="保安态度不好", accused_dept="order", customer_name="李雷")
    due = office.hand.now + timedelta(days=1)
    office.does(complaint, "send_notice", "supervisor01", department="order", problem="态度", due_at=due)
    office.does(complaint, "supervise", "supervisor01", reason="限期整改", due_at=due, department="order")
    house.at |= {"/tickets/<number>": f"/tickets/{complaint}", "/tickets/<number>/acts/<action>": f"/tickets/{waiting}/acts/note",
                 "/tickets/<number>/print/<form>": f"/tickets/{closed}/print/ledger", "/followups/<number>": f"/followups/{back}"}


def _telephone(house: Furnished) -> None:
    """One call answered and over, one nobody answered, one text that waits."""
    hotline, now = house.office.hotline, house.office.hand.now
    calls.arrive(hotline, "CA-over", "19000000001", now)
    calls.answered(hotline, "CA-over", "agent01", now + timedelta(seconds=8))
    calls.ended(hotline, "CA-over", now + timedelta(minutes=3))
    calls.arrive(hotline, "CA-gone", "19000000002", now)
    calls.ended(hotline, "CA-gone", now + timedelta(seconds=30))
    texts.received(hotline, "SM-1", "+8619000000003", "门禁坏了，麻烦看看", now)
    house.office.hand.now = now + timedelta(minutes=4)
    marks = {**dict.fromkeys(Item, Mark.YES), Item.HOLD_TOLD: Mark.NONE}
    reviews.review(hotline, "supervisor01", "CA-over", marks, (), "", "", house.office.hand.now, "", 0)
    house.at |= {"/reviews/<sid>": "/reviews/CA-over", "/reviews/<sid>/print": "/reviews/CA-over/print"}


def _books(house: Furnished) -> None:
    """A corrective action and a feedback of three alike."""
    office = house.office
    due = (local(office.hand.now) + timedelta(days=7)).date().isoformat()
    action = _sent(house, "supervisor01", "/actions/new", source="meeting", category="电梯", compound="WTL", problem="3 栋电梯反复停运",
                   department="engineering", due=due)
    for room in ("1601", "1602", "1502"):
        office.opens(category="302", content="电梯停运", room=f"梧桐里3栋2单元{room}")
    page = office.visitor("quality01").page("/actions?tab=clusters")
    form = re.findall(r'href="(/actions/feedback/new\?cluster=[^"]+)"', page)[0].replace("&amp;", "&")
    feedback = _sent(house, "quality01", "/actions/feedback/new", compound="WTL", place="3栋", category="302", phenomenon="停运",
                     submitted_by_department="customer_service", department="engineering")
    house.at |= {"/actions/<number>": action, "/actions/<number>/print": f"{action}/print", "/actions/feedback/new": form,
                 "/actions/feedback/<number>": feedback, "/actions/feedback/<number>/print": f"{feedback}/print"}


def _survey(house: Furnished) -> None:
    """One survey runs; a resident has its link."""
    plan = f"/surveys/plan/{COMPOUND}/{HALF}"
    day = local(house.office.hand.now).date()
    house.at["/surveys/plan/<compound>/<key>"] = "/surveys/plan/WTL/2026H1"
    survey = _sent(house, "supervisor01", plan, planned_for=day.isoformat(), closes_on=(day + timedelta(days=21)).isoformat(), share="100",
                   way="sms", remind_after="5")
    _sent(house, "supervisor01", survey, do="issue")
    with house.office.hotline.store.reading() as session:
        said = session.scalars(sa.select(MessageRow.text).where(MessageRow.notice == "survey_invite").order_by(MessageRow.id)).first()
    house.at |= {"/surveys/<int:survey_id>": survey, "/surveys/<int:survey_id>/enter": f"{survey}/enter",
                 "/surveys/<int:survey_id>/calls": f"{survey}/calls", "/s/<token>": re.search(r"hotline\.example(/s/\S+)", said or "")[1]}


def _next_morning(house: Furnished, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fell due in the night fires, the day's report is there to be confirmed, and time passes as it does."""
    office, morning = house.office, NINE + timedelta(days=1)
    for hours in range(1, 24, 4):
        timers.fire_due(office.hotline, NINE + timedelta(hours=hours))
    monkeypatch.undo()
    began, real = clock.now(), clock.now
    monkeypatch.setattr(clock, "now", lambda: morning + (real() - began))
    periods.open_due(office.hotline, morning)
    report = "/reports/daily_close/2026-03-10"
    behind = re.search(rf'href="({report}/behind[^"]+)"', office.visitor("supervisor01").page(report))
    house.at |= {"/reports/<kind>/<key>": report, "/reports/<kind>/<key>/behind": behind[1].replace("&amp;", "&") if behind else report,
                 "/registers/people/<user>": "/registers/people/agent01", "/registers/rooms/<int:room_id>": "/registers/rooms/1",
                 "/registers/customers/<int:customer_id>": "/registers/customers/1", "/registers/places/<int:place_id>": "/registers/places/1"}


def _wall(house: Furnished) -> None:
    """A link for a television, good for a while."""
    _sent(house, "supervisor01", "/wall/links", name="大厅", days="90")
    page = house.office.visitor("supervisor01").page("/wall/links")
    house.at["/w/<token>"] = re.search(r'value="[^"]*(/w/[^"]+)"', page)[1]


def _sent(house: Furnished, user: str, path: str, **data: str) -> str:
    """A form as its page sends it; where it leads."""
    answer = house.office.visitor(user).post(path, script=False, **data)
    assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]
    return str(answer.headers["Location"])
