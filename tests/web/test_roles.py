"""Every address of the house tried with every badge: let in, turned away, or sent to sign in; and who sees a whole telephone number."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.app import PAGES
from callcenter.services import permitted
from callcenter.storage import facts
from callcenter.storage.tables import AccessRow, TicketRow
from tests.hotlines import NINE
from tests.web import office

#: badge → somebody who wears it; two compounds and two departments beside the ticket's own
BADGES = {"agent": "agent05", "owner": "agent01", "lead": "lead01", "dispatcher": "dispatcher02", "technician": "plumber02",
          "dept_head": "engineering01", "other_head": "order01", "supervisor": "supervisor01", "pm": "pm02", "other_pm": "pm01",
          "quality": "quality01", "gm": "gm01", "callback": "callback01", "contractor": "builder01", "admin": "admin01", "auditor": "auditor01"}
EVERYBODY = " ".join(BADGES)
DESK = "agent owner lead dispatcher supervisor callback"  # "answer, register, link matter"
HELP = "lead supervisor pm other_pm quality"  # listen, whisper, join
PHONE = "agent owner lead supervisor"  # a browser that rings
DISPATCH = "lead dispatcher dept_head other_head supervisor pm other_pm"  # an agent at night only, see below
FIELD = "technician contractor dept_head other_head"
CALLS = "agent owner lead supervisor pm other_pm callback"
OVERSEE = "lead dept_head other_head supervisor pm other_pm quality gm auditor"
REPORTS = "lead dept_head other_head supervisor pm other_pm quality gm auditor"
SHIFTS = "agent owner dispatcher"  # their own handover sheets
SURVEY = OVERSEE + " agent owner callback"
SURVEYING = "agent owner callback lead supervisor pm other_pm"
EXPORT = "supervisor pm other_pm quality"
LEDGERS = "agent owner dispatcher callback " + OVERSEE
#: the registers: who reads them, and who may try to change something there (the services decide what)
ARCHIVE = "agent owner lead dispatcher supervisor pm other_pm quality callback auditor"
ROSTER = "lead dispatcher dept_head other_head supervisor pm other_pm quality admin"
KEEPERS = "admin supervisor lead pm other_pm quality"
#: who may open a repair of 青禾家园 that agent01 took and that nobody was sent to
READERS = "agent owner lead dispatcher dept_head supervisor pm quality gm callback auditor"

#: method, address, its rule, who is let in; N is the ticket
ROUTES = (
    ("GET", "/", "/", EVERYBODY), ("GET", "/me", "/me", EVERYBODY), ("GET", "/live", "/live", EVERYBODY), ("GET", "/rules", "/rules", EVERYBODY),
    ("GET", "/me/account", "/me/account", EVERYBODY), ("POST", "/me/password", "/me/password", EVERYBODY),
    ("POST", "/me/sign-ins/end", "/me/sign-ins/end", EVERYBODY),
    *(("GET", path, path, "supervisor pm other_pm quality admin") for path in ("/rules/history", "/rules/proposal")),
    ("POST", "/rules/proposal", "/rules/proposal", "supervisor pm other_pm quality admin"),
    ("POST", "/look", "/look", EVERYBODY), ("GET", "/style", "/style", EVERYBODY),
    ("GET", "/desk", "/desk", DESK), ("GET", "/desk/rooms?q=3", "/desk/rooms", DESK), ("POST", "/desk/tickets", "/desk/tickets", DESK),
    ("GET", "/desk/search?q=3-2-1602", "/desk/search", DESK),
    *(("POST", path, path, DESK) for path in ("/desk/advice", "/desk/draft", "/desk/draft/drop")),
    ("POST", "/desk/calls/by-hand", "/desk/calls/by-hand", DESK),
    *(("POST", f"/desk/calls/none/{act}", f"/desk/calls/<sid>/{act}", DESK) for act in ("answer", "hold", "resume", "end", "note", "returned")),
    ("GET", "/desk/state", "/desk/state", DESK), ("POST", "/desk/state", "/desk/state", "agent owner lead"),
    ("POST", "/desk/calls/none/block", "/desk/calls/<sid>/block", "lead supervisor"),
    ("POST", "/desk/blocked/999/end", "/desk/blocked/<int:rule_id>/end", "lead supervisor"),
    *((method, "/macros", "/macros", DESK) for method in ("GET", "POST")), ("POST", "/macros/999", "/macros/<int:key>", DESK),
    *((method, "/macros/ready?kind=note", "/macros/ready", DESK) for method in ("GET", "POST")), ("GET", "/desk/views", "/desk/views", DESK),
    ("GET", "/supervise/desk", "/supervise/desk", OVERSEE),
    ("GET", "/desk/recordings/999", "/desk/recordings/<int:recording_id>", "agent owner lead supervisor pm other_pm quality"),
    *(("POST", f"/calls/none/{act}", f"/calls/<sid>/{act}", DESK) for act in ("consult", "hand-on", "leave", "drop", "recording", "notes")),
    ("GET", "/calls", "/calls", HELP), *(("POST", f"/calls/none/{act}", f"/calls/<sid>/{act}", HELP) for act in ("supervise", "stop")),
    ("GET", "/phone", "/phone", PHONE), ("GET", "/phone/sdk/none", "/phone/sdk/<name>", PHONE),
    *(("POST", f"/phone/{act}", f"/phone/{act}", PHONE) for act in ("token", "mine", "hang-up")),
    ("GET", "/dispatch", "/dispatch", DISPATCH),
    ("GET", "/dispatch/day", "/dispatch/day", DISPATCH), ("GET", "/dispatch/buildings", "/dispatch/buildings", DISPATCH),
    ("POST", "/dispatch/bulk", "/dispatch/bulk", DISPATCH + " agent owner"),  # every ticket's own rules refuse by day
    ("POST", "/dispatch/none/dispatch", "/dispatch/<number>/<any(dispatch, reassign):action>", DISPATCH + " agent owner"),  # the rules refuse by day
    *(("GET", path, path, FIELD) for path in ("/field", "/field/state", "/field/manifest.webmanifest")),
    ("GET", "/field/at/ABCD2345", "/field/at/<code>", FIELD),
    ("POST", "/tickets/none/photos", "/tickets/<number>/photos", FIELD),
    # open to the readers of its ticket: tests/web/test_field.py
    ("GET", "/tickets/none/photos/999", "/tickets/<number>/photos/<int:photo_id>", EVERYBODY),
    ("POST", "/tickets/none/looking", "/tickets/<number>/looking", EVERYBODY),  # as above: tests/web/test_presence.py
    ("GET", "/field/checks", "/field/checks", "lead dispatcher dept_head other_head supervisor pm other_pm quality"),
    *(("POST", path, path, "lead dept_head other_head supervisor pm other_pm") for path in ("/field/checks/doors", "/field/checks/site")),
    ("GET", "/texts", "/texts", DESK), *(("POST", f"/texts/999/{act}", f"/texts/<int:text_id>/{act}", DESK) for act in ("ticket", "answer", "close")),
    ("POST", "/texts/online/none/claim", "/texts/online/<number>/claim", DESK),
    ("POST", "/calls/place", "/calls/place", EVERYBODY),
    ("GET", "/followups", "/followups", CALLS), ("GET", "/followups/none", "/followups/<number>", CALLS),
    ("POST", "/followups/none", "/followups/<number>", CALLS),
    ("GET", "/supervise", "/supervise", OVERSEE), ("GET", "/supervise/figures", "/supervise/figures", OVERSEE),
    *(("GET", path, path, OVERSEE) for path in ("/supervise/telephone", "/supervise/decisions", "/supervise/at-work", "/supervise/sample")),
    ("GET", "/wall", "/wall", "lead supervisor pm other_pm auditor"),
    *((method, "/wall/links", "/wall/links", "supervisor pm other_pm") for method in ("GET", "POST")),
    ("POST", "/wall/links/none/end", "/wall/links/<key>/end", "supervisor pm other_pm"),
    ("GET", "/supervise/figures/K04", "/supervise/figures/<code>", OVERSEE),
    ("GET", "/insight", "/insight", OVERSEE), ("GET", "/insight/calls", "/insight/<name>", OVERSEE),
    *(("GET", path, rule, OVERSEE) for path, rule in (
        ("/actions", "/actions"), ("/actions/none", "/actions/<number>"), ("/actions/none/print", "/actions/<number>/print"),
        ("/actions/feedback/none", "/actions/feedback/<number>"), ("/actions/feedback/none/print", "/actions/feedback/<number>/print"))),
    *((method, "/actions/new", "/actions/new", EXPORT) for method in ("GET", "POST")),
    *((method, "/actions/feedback/new", "/actions/feedback/new", EXPORT + " dept_head other_head") for method in ("GET", "POST")),
    ("POST", "/actions/none", "/actions/<number>", EXPORT + " dept_head other_head"),
    ("POST", "/actions/feedback/none", "/actions/feedback/<number>", "dept_head other_head supervisor quality"),
    *(("GET", path, rule, DESK + " pm other_pm quality gm auditor") for path, rule in (
        ("/reviews", "/reviews"), ("/reviews/none", "/reviews/<sid>"), ("/reviews/none/print", "/reviews/<sid>/print"))),
    ("GET", "/reviews/draw", "/reviews/draw", "lead supervisor quality"),
    ("GET", "/reviews/phrases", "/reviews/phrases", HELP + " gm auditor"),
    ("POST", "/reviews/none", "/reviews/<sid>", DESK + " quality"),
    ("GET", "/reports", "/reports", REPORTS), ("GET", "/reports/none/none", "/reports/<kind>/<key>", f"{REPORTS} {SHIFTS}"),
    ("POST", "/reports/none/none", "/reports/<kind>/<key>", REPORTS),
    ("GET", "/reports/none/none/behind", "/reports/<kind>/<key>/behind", f"{REPORTS} {SHIFTS}"),
    *(("GET", f"/reports/none/none/{ending}", "/reports/<kind>/<key>/<any(csv, xlsx, pdf):ending>", f"{REPORTS} {SHIFTS}")
      for ending in ("csv", "pdf")),
    ("GET", "/reports/shifts", "/reports/shifts", SHIFTS), ("POST", "/reports/shifts", "/reports/shifts", SHIFTS),
    *(("GET", path, rule, LEDGERS) for path, rule in (("/ledgers", "/ledgers"), ("/ledgers/F02", "/ledgers/<code>"),
                                                      ("/ledgers/F02/print", "/ledgers/<code>/print"))),
    ("POST", "/ledgers/F02/views", "/ledgers/<code>/views", LEDGERS), ("POST", "/ledgers/views/999", "/ledgers/views/<int:key>", LEDGERS),
    ("POST", "/ledgers/F02/export", "/ledgers/<code>/export", EXPORT), ("GET", "/ledgers/exports", "/ledgers/exports", EXPORT + " auditor"),
    ("GET", "/ledgers/exports/999", "/ledgers/exports/<int:key>", EXPORT),
    ("POST", "/ledgers/exports/999/cancel", "/ledgers/exports/<int:key>/cancel", EXPORT),
    ("GET", "/ledgers/exports/999/file", "/ledgers/exports/<int:key>/file", EXPORT),
    *(("GET", path, path, "lead supervisor pm other_pm quality gm auditor") for path in ("/staffing", "/staffing/export")),
    *(("GET", "/surveys" + path, "/surveys" + rule, SURVEY) for path, rule in (("", ""), ("/999", "/<int:survey_id>"))),
    ("POST", "/surveys/999", "/surveys/<int:survey_id>", "supervisor pm other_pm"),
    *((method, "/surveys/plan/QH/2020H1", "/surveys/plan/<compound>/<key>", "supervisor pm other_pm") for method in ("GET", "POST")),
    *(("GET", f"/surveys/999/{page}", f"/surveys/<int:survey_id>/{page}", SURVEYING) for page in ("enter", "calls")),
    *(("POST", f"/surveys/999/{page}/999", f"/surveys/<int:survey_id>/{page}/<int:sheet_id>", SURVEYING) for page in ("enter", "calls")),
    ("GET", "/paper-phone", "/paper-phone", "agent owner lead dispatcher supervisor pm other_pm quality callback admin"),
    ("POST", "/paper-phone/999/release", "/paper-phone/<int:message_id>/<any(release, give_up):decision>", "lead supervisor admin"),
    ("GET", "/telephone-check", "/telephone-check", "supervisor pm other_pm admin"),
    ("GET", "/tickets", "/tickets", EVERYBODY),
    # without a line simulator there are no such telephones for anybody: tests/telephony/test_phones_page.py
    ("GET", "/phones", "/phones", EVERYBODY),
    ("POST", "/phones/press", "/phones/<any(call, pick_up, hang_up, press, speak, text):doing>", EVERYBODY),
    *(("GET", path, path, ARCHIVE + " dept_head other_head admin")
      for path in ("/registers", "/registers/roster", "/registers/calendar", "/registers/prices", "/registers/categories")),
    ("POST", "/registers/roster", "/registers/roster", ROSTER),
    ("GET", "/registers/roster/month", "/registers/roster/month", ARCHIVE + " dept_head other_head admin"),
    *(("POST", path, path, ROSTER) for path in ("/registers/roster/month", "/registers/roster/rotation")),
    ("GET", "/registers/roster/rotation", "/registers/roster/rotation", ROSTER),
    ("POST", "/registers/calendar", "/registers/calendar", "admin"),
    ("GET", "/registers/people", "/registers/people", KEEPERS + " auditor"), ("GET", "/registers/people/new", "/registers/people/new", "admin"),
    ("POST", "/registers/people/new", "/registers/people/new", "admin"), ("GET", "/registers/roles", "/registers/roles", KEEPERS + " auditor"),
    ("GET", "/registers/people/none", "/registers/people/<user>", KEEPERS + " auditor"),
    ("POST", "/registers/people/none", "/registers/people/<user>", KEEPERS),
    ("GET", "/registers/compounds", "/registers/compounds", ARCHIVE + " admin"),
    ("POST", "/registers/compounds", "/registers/compounds", "admin supervisor lead"),
    ("GET", "/registers/places", "/registers/places", ARCHIVE + " admin"),
    ("POST", "/registers/places", "/registers/places", "supervisor lead"),
    ("POST", "/registers/places/999", "/registers/places/<int:place_id>", "supervisor lead"),
    ("GET", "/registers/places/999", "/registers/places/<int:place_id>", ARCHIVE + " admin"),
    ("GET", "/registers/certificates", "/registers/certificates", KEEPERS + " auditor dept_head other_head"),
    ("GET", "/registers/rooms", "/registers/rooms", ARCHIVE), ("GET", "/registers/rooms/999999", "/registers/rooms/<int:room_id>", ARCHIVE),
    *((method, "/registers/rooms/new", "/registers/rooms/new", "supervisor lead") for method in ("GET", "POST")),
    ("POST", "/registers/rooms/999999", "/registers/rooms/<int:room_id>", "supervisor lead"),
    ("GET", "/registers/customers/999999", "/registers/customers/<int:customer_id>", ARCHIVE),
    ("POST", "/registers/customers/999999", "/registers/customers/<int:customer_id>",
     "agent owner lead dispatcher supervisor pm other_pm quality callback"),
)
#: open to those who may read the ticket; to all others it is as if it did not exist
TICKET_ROUTES = (
    ("GET", "/tickets/N", "/tickets/<number>"), ("GET", "/tickets/N/acts/note", "/tickets/<number>/acts/<action>"),
    ("GET", "/tickets/N/print/ledger", "/tickets/<number>/print/<form>"), ("POST", "/tickets/N/acts/note", "/tickets/<number>/acts/<action>"))
#: need no sign-in: they say nothing, or carry a proof of their own
OPEN = {"/static/<path:filename>", "/healthz", "/sign-in", "/sign-out", "/language/<code>", "/field/worker.js", "/w/<token>",
        "/s/<token>", "/survey/<compound>/<key>",
        "/r/<token>", "/public", "/report", "/r/<token>/<any(rate, say, time, urge):doing>",
        "/r/<token>/photos", "/r/<token>/photos/<int:photo_id>"}
#: carry Twilio's signature instead of a session: tests/telephony/test_signatures.py
TWILIO = {f"/twilio/{name}" for name in ("voice", "agent", "status", "dialled", "message-status", "fallback", "menu", "ring", "whisper", "wait",
                                     "wait-key", "left", "voicemail", "voicemail-done", "recording", "music", "music.wav",
                                     "room", "room-left", "room-status", "line-status", "room-recording")}
TWILIO |= {f"/twilio/{name}" for name in ("say", "heard", "placed", "sms", "connect", "connected", "notice")}
TWILIO |= {"/twilio/connect-status", "/twilio/customer-status"}  # calls the hotline makes itself
TURNED_AWAY = {401, 403}


@pytest.fixture
def house(sqlite_hotline, monkeypatch):
    """The whole web application on one office."""
    made = office.Office(sqlite_hotline, office.Hand(monkeypatch, sqlite_hotline))
    made.app = office.application(sqlite_hotline, PAGES)
    made.ticket = made.opens("agent01", category="105", room="青禾家园5栋1单元302")
    return made


def answer(visitor, method, address):
    """The status of one request, its stream, if it is one, left unread."""
    sent = visitor.client.get(address) if method == "GET" else visitor.post(address, script=False)
    sent.close()
    return sent.status_code


def test_every_address_of_the_application_is_in_the_tables(house):
    listed = OPEN | TWILIO | {rule for _, _, rule, _ in ROUTES} | {rule for _, _, rule in TICKET_ROUTES}
    assert {rule.rule for rule in house.app.url_map.iter_rules()} == listed
    listed = {(method, rule) for method, _, rule, *_ in (*ROUTES, *TICKET_ROUTES)}
    assert {(m, r.rule) for r in house.app.url_map.iter_rules() for m in r.methods - {"HEAD", "OPTIONS"}
            if r.rule not in OPEN | TWILIO} == listed


@pytest.mark.parametrize("badge", BADGES)
def test_a_badge_opens_its_own_doors_and_no_others(house, badge):
    visitor = house.visitor(BADGES[badge])
    found = {(method, address) for method, address, _, _ in ROUTES if answer(visitor, method, address) not in TURNED_AWAY}
    assert found == {(method, address) for method, address, _, who in ROUTES if badge in who.split()}


@pytest.mark.parametrize("badge", BADGES)
def test_a_ticket_opens_to_its_readers_and_does_not_exist_for_others(house, badge):
    visitor = house.visitor(BADGES[badge])
    said = {answer(visitor, method, address.replace("N", house.ticket)) for method, address, _ in TICKET_ROUTES}
    if badge not in READERS.split():
        assert said == {404}
    elif badge == "auditor":
        assert said == {200, 403}, "an auditor reads and never acts"
    else:
        assert 404 not in said
        assert not said & TURNED_AWAY


def test_a_stranger_is_sent_to_sign_in_everywhere(house):
    client = house.app.test_client()
    for method, address, *_ in (*ROUTES, *TICKET_ROUTES):
        if method == "GET":
            sent = client.get(address.replace("N", house.ticket))
            assert sent.status_code == 302, address
            assert sent.headers["Location"].startswith("/sign-in"), address
        else:
            assert client.post(address.replace("N", house.ticket)).status_code in (400, 401), address


def test_an_agent_opens_the_dispatcher_s_page_at_night_only(house):
    assert answer(house.visitor("agent05"), "GET", "/dispatch") == 403
    house.hand.now = NINE + timedelta(hours=14, minutes=30)
    assert answer(house.visitor("agent05"), "GET", "/dispatch") == 200


#: row "see full phone" of DOMAIN.md 10: state of a repair whose job plumber01 has → who sees the number whole
WHOLE = {
    "new": "owner lead dispatcher dept_head supervisor pm quality", "dispatched": "owner lead dispatcher dept_head supervisor pm quality",
    "accepted": "owner lead dispatcher dept_head supervisor pm quality handler",
    "callback_due": "owner lead dispatcher dept_head supervisor pm quality handler callback",
    "closed": "owner lead dept_head supervisor pm quality handler", "closed a day ago": "owner lead dept_head supervisor pm quality"}
WAY = {"dispatched": ("dispatch", "dispatcher01", {"to": "plumber01"}), "accepted": ("accept", "plumber01", {}),
       "on_site": ("arrive", "plumber01", {}),
       "completed": ("complete", "plumber01", {"result": "好了", "result_explained": True}), "callback_due": ("return_slip", "lead01", {}),
       "closed": ("record_callback", "callback01", {"contact_result": "reached", "satisfaction": "satisfied"})}


def brought_to(house, state):
    """Whether the number is whole, by badge, in *state*; who may not open the ticket sees nothing of it."""
    for reached, (action, by, fields) in WAY.items():
        if state == "new":
            break
        house.does(house.ticket, action, by, **fields)
        if reached == state.split()[0]:
            break
    now = NINE + timedelta(days=1 if "day" in state else 0)
    with house.hotline.store.reading() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == house.ticket))
        policy, staff, ticket = house.hotline.rulebook.of(session, row.policy_id), facts.staff(session, now), facts.ticket(session, row)
        return {badge for badge, user in {**BADGES, "handler": "plumber01"}.items()
                if permitted.may_read(policy, staff, ticket, user) and permitted.sees_phone(policy, staff, ticket, user, now)}


@pytest.mark.parametrize("state", WHOLE)
def test_the_whole_number_is_seen_by_those_of_the_table(house, state):
    assert brought_to(house, state) == set(WHOLE[state].split())


def test_that_the_quality_department_looked_is_written_down(house):
    house.visitor("quality01").page(f"/tickets/{house.ticket}")
    house.visitor("lead01").page(f"/tickets/{house.ticket}")
    with house.hotline.store.reading() as session:
        assert [(r.by, r.what, r.about, r.unmasked) for r in session.scalars(sa.select(AccessRow))] == [
            ("quality01", "phone", {"ticket": house.ticket}, True)]
    assert house.ticket in house.visitor("quality01").page("/ledgers/exports")


@pytest.mark.parametrize(("badge", "masked", "whole"), [
    ("supervisor", 200, 403), ("pm", 200, 403), ("quality", 200, 200), ("lead", 403, 403), ("admin", 403, 403)])
def test_lists_leave_masked_and_in_full_for_the_quality_department_only(house, badge, masked, whole):
    visitor, wish = house.visitor(BADGES[badge]), {"format": "csv", "since": "2026-03-01", "until": "2026-03-10"}
    assert visitor.post("/ledgers/F02/export", script=False, **wish).status_code == masked
    assert visitor.post("/ledgers/F02/export", script=False, unmasked="yes", reason="核对", **wish).status_code == whole
