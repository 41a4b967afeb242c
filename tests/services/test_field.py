"""Arriving with proof, acts made without network, and pictures: on both databases, every boundary."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from callcenter.domain import photographs
from callcenter.domain.arriving import TRIES
from callcenter.domain.device_time import Belief, Device
from callcenter.domain.photographs import Photograph
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, Clock
from callcenter.services import tickets, timers
from callcenter.services.field import arrivals, checks, doors, photos
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, ledger
from callcenter.storage.field_tables import AttachmentRow, DoorRow, SiteRow
from callcenter.storage.tables import EventRow, FormRow, MessageRow, TicketRow
from tests.hotlines import NINE

MINUTE = timedelta(minutes=1)
BURST = {"customer_name": "周敏", "content": "厨房水管爆裂", "category": "101", "room": "梧桐里3栋2单元1602", "contact_phone": "19000000001"}


class Walk:
    """A burst pipe and the plumber sent to it."""

    def __init__(self, hotline: Hotline, **fields: object) -> None:
        self.hotline, self.now, self.keys = hotline, NINE, 0
        act = Act(Action.OPEN_TICKET, "agent01", {k: v for k, v in {**BURST, **fields}.items() if v is not None})
        self.number = tickets.open_ticket(hotline, act, "open", NINE).number
        self.does("dispatch", "dispatcher01", to="plumber01")

    def does(self, action: str, by: str = "plumber01", device: Device | None = None, **fields: object) -> tickets.Outcome:
        self.keys += 1
        return tickets.carry_out(self.hotline, self.number, Act(Action(action), by, fields, device), f"walk-{self.keys}", self.now)

    def refuses(self, action: str, **fields: object) -> Refused:
        with pytest.raises(Refused) as no:
            self.does(action, **fields)
        return no.value

    def wait(self, span: timedelta) -> None:
        self.now += span
        timers.fire_due(self.hotline, self.now)

    def code(self) -> str:
        with self.hotline.store.reading() as session:
            return arrivals.code(session, session.scalar(sa.select(TicketRow).where(TicketRow.number == self.number)))

    def ticket(self):
        with self.hotline.store.reading() as session:
            return facts.ticket(session, session.scalar(sa.select(TicketRow).where(TicketRow.number == self.number)))

    def events(self, action: str) -> list[EventRow]:
        with self.hotline.store.reading() as session:
            row = session.scalar(sa.select(TicketRow.id).where(TicketRow.number == self.number))
            return list(session.scalars(sa.select(EventRow).where(EventRow.ticket_id == row, EventRow.action == action).order_by(EventRow.id)))

    def told(self, notice: str) -> list[MessageRow]:
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(MessageRow).where(MessageRow.notice == notice)))

    def on_the_way(self) -> "Walk":
        self.does("accept")
        self.does("depart")
        return self

    def arrived(self) -> dict:
        with self.hotline.store.reading() as session:
            rows = session.scalars(sa.select(FormRow).where(FormRow.code == "F03").order_by(FormRow.id))
            return next(r.fields for r in reversed(list(rows)) if "arrived_at" in r.fields)


@pytest.fixture
def walk(hotline: Hotline) -> Walk:
    return Walk(hotline)


@pytest.fixture
def one_walk(sqlite_hotline: Hotline) -> Walk:
    return Walk(sqlite_hotline)


# ---- proof of arrival --------------------------------------------------------------------------------------

def test_the_customer_is_told_a_code_and_giving_it_proves_the_arrival(walk: Walk) -> None:
    walk.does("agree_appointment", by="agent01", appointment_start=walk.now + timedelta(hours=2), reason="客户方便")
    walk.on_the_way()
    assert [walk.code() in walk.told(notice)[0].text for notice in ("dispatched", "appointment", "arriving")] == [True, True, True]
    walk.does("arrive", proof="code", code=walk.code())
    assert walk.arrived()["proof"] == "code"
    assert "code" not in walk.events("arrive")[0].data["fields"], "a right code is nobody's to read afterwards"
    assert walk.told("arrival_unproven") == []


def test_five_wrong_codes_use_it_up_and_each_try_is_on_record(walk: Walk) -> None:
    walk.on_the_way()
    right = walk.code()
    wrong = f"{(int(right) + 1) % 10_000:04d}"
    left = [walk.refuses("arrive", proof="code", code=wrong) for _ in range(TRIES)]
    assert [no.code for no in left] == ["wrong_code"] * TRIES
    assert [no.said["left"] for no in left] == [4, 3, 2, 1, 0]
    assert walk.refuses("arrive", proof="code", code=right).code == "code_used_up"
    assert len(walk.events("arrive_refused")) == TRIES
    walk.does("arrive", proof="none", reason="客户忘了短信")
    assert walk.arrived()["proof_reason"] == "客户忘了短信"


def test_the_same_wrong_try_sent_twice_counts_once(one_walk: Walk) -> None:
    one_walk.on_the_way()
    wrong = "0000" if one_walk.code() != "0000" else "1111"
    act = Act(Action.ARRIVE, "plumber01", {"proof": "code", "code": wrong})
    for _ in range(2):
        with pytest.raises(Refused) as no:
            tickets.carry_out(one_walk.hotline, one_walk.number, act, "same", one_walk.now)
        assert no.value.said["left"] == TRIES - 1


def test_a_code_is_the_tickets_own_and_needs_a_telephone(one_walk: Walk) -> None:
    other = Act(Action.OPEN_TICKET, "agent01", {**BURST, "room": "梧桐里1栋1单元501"})
    number = tickets.open_ticket(one_walk.hotline, other, "another", NINE).number
    silent = tickets.open_ticket(one_walk.hotline, Act(Action.OPEN_TICKET, "agent01", {**BURST, "contact_phone": None, "channel": "patrol"}),
                                 "silent", NINE).number
    with one_walk.hotline.store.reading() as session:
        rows = {n: session.scalar(sa.select(TicketRow).where(TicketRow.number == n)) for n in (one_walk.number, number, silent)}
        codes = {n: arrivals.code(session, row) for n, row in rows.items()}
    assert codes[silent] is None
    assert codes[one_walk.number] != codes[number]
    assert codes[one_walk.number] == one_walk.code()


def test_the_code_on_the_door_of_the_entrance_proves_it_and_another_doors_does_not(walk: Walk) -> None:
    walk.on_the_way()
    compound = walk.ticket().compound
    assert doors.make(walk.hotline, compound, None, "supervisor01", walk.now) > 1
    with walk.hotline.store.reading() as session:
        codes = {d.label: d.code for d in doors.of_compound(session, compound)}
    own = next(code for label, code in codes.items() if label.endswith("3栋2单元"))
    other = next(code for code in codes.values() if code != own)
    assert walk.refuses("arrive", proof="scan", code=other).code == "wrong_door"
    walk.does("arrive", proof="scan", code=f"https://hotline.example/field/at/{own.lower()}")
    assert walk.arrived()["proof"] == "scan"


def test_a_new_code_on_a_door_ends_the_old_one(one_walk: Walk) -> None:
    one_walk.on_the_way()
    compound = one_walk.ticket().compound
    doors.make(one_walk.hotline, compound, None, "supervisor01", one_walk.now)
    with one_walk.hotline.store.reading() as session:
        door = next(d for d in doors.of_compound(session, compound) if d.label.endswith("3栋2单元"))
    assert doors.make(one_walk.hotline, compound, door.label, "supervisor01", one_walk.now) == 1
    assert one_walk.refuses("arrive", proof="scan", code=door.code).code == "wrong_door"
    with one_walk.hotline.store.reading() as session:
        assert session.scalar(sa.select(DoorRow.ended_at).where(DoorRow.code == door.code)) == one_walk.now


def test_far_from_the_compound_is_recorded_with_the_distance_and_the_dispatcher_hears_of_it(walk: Walk) -> None:
    walk.on_the_way()
    doors.place(walk.hotline, walk.ticket().compound, "31.230450,121.473700", "500", "supervisor01", walk.now)
    walk.does("arrive", proof="position", position="31.240450,121.473700 ±20")
    assert walk.arrived()["distance"] == 1112
    assert [m.to for m in walk.told("arrival_unproven")] == ["dispatcher01"]


def test_near_enough_once_the_accuracy_is_allowed_for_is_no_matter(one_walk: Walk) -> None:
    one_walk.on_the_way()
    doors.place(one_walk.hotline, one_walk.ticket().compound, "31.230450,121.473700", "1100", "supervisor01", one_walk.now)
    one_walk.does("arrive", proof="position", position="31.240450,121.473700 ±20")
    assert one_walk.told("arrival_unproven") == []


def test_a_position_is_stored_as_given_where_nobody_knows_where_the_compound_lies(one_walk: Walk) -> None:
    one_walk.on_the_way()
    one_walk.does("arrive", proof="position", position="31.240450,121.473700 ±20")
    assert one_walk.arrived()["position"] == "31.240450,121.473700 ±20"
    assert "distance" not in one_walk.arrived()


@pytest.mark.parametrize(("fields", "code"), [
    ({"proof": "code"}, "proof_missing"), ({"proof": "scan"}, "proof_missing"), ({"proof": "position"}, "proof_missing"),
    ({"proof": "none"}, "proof_missing"), ({"proof": "position", "position": "家里"}, "bad_position"),
    ({"proof": "position", "position": "91,121"}, "bad_position"), ({"proof": "guess"}, "bad_value")])
def test_a_proof_that_was_named_must_be_given(one_walk: Walk, fields: dict, code: str) -> None:
    assert one_walk.on_the_way().refuses("arrive", **fields).code == code


def test_without_proof_the_dispatcher_hears_of_it_and_it_is_on_the_list(walk: Walk) -> None:
    walk.on_the_way().does("arrive", proof="none", reason="无人应门")
    assert "无人应门" in walk.told("arrival_unproven")[0].text
    with walk.hotline.store.reading() as session:
        found = checks.worth_a_look(session, "dispatcher01", walk.now)
    assert [(a.number, a.proof, a.reason, a.drawn) for a in found] == [(walk.number, "none", "无人应门", False)]


def test_one_in_ten_of_the_proven_arrivals_is_drawn_the_same_way_every_time() -> None:
    drawn = [n for n in range(2000) if checks.drawn(f"WT-BX20260310-{n:04d}")]
    assert 150 < len(drawn) < 250
    assert drawn == [n for n in range(2000) if checks.drawn(f"WT-BX20260310-{n:04d}")]


# ---- made without network ----------------------------------------------------------------------------------

def test_an_arrival_in_time_by_the_device_and_late_at_the_server_is_late_and_shows_both(walk: Walk) -> None:
    """Thirty minutes for an urgent job; the people who were told at half past nine are not un-told."""
    walk.on_the_way()
    walk.wait(35 * MINUTE)
    walk.does("arrive", device=Device(NINE + 25 * MINUTE))
    promise = walk.ticket().promise(Clock.ARRIVE_URGENT)
    assert (promise.kept_at, promise.status(walk.now)) == (walk.now, "broken")
    event = walk.events("arrive")[0]
    assert event.at == walk.now
    assert event.data["device"] == {"at": NINE + 25 * MINUTE, "belief": "plausible"}
    with walk.hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []


def test_a_device_that_says_later_than_its_receipt_makes_nothing_late_or_early(one_walk: Walk) -> None:
    one_walk.on_the_way()
    one_walk.wait(10 * MINUTE)
    one_walk.does("arrive", device=Device(one_walk.now + MINUTE))
    assert one_walk.events("arrive")[0].data["device"]["belief"] == Belief.FUTURE
    assert one_walk.ticket().promise(Clock.ARRIVE_URGENT).status(one_walk.now) == "kept"


def test_a_whole_walk_sent_at_once_is_believed_step_by_step(walk: Walk) -> None:
    walk.wait(20 * MINUTE)
    for minutes, action in ((1, "accept"), (2, "depart"), (12, "arrive")):
        if walk.ticket().state == "new":  # nobody had accepted in time: the dispatch was void, and is made again
            walk.does("dispatch", "dispatcher01", to="plumber01")
        walk.does(action, device=Device(walk.now + minutes * timedelta(milliseconds=1) - 20 * timedelta(milliseconds=1)))
    beliefs = [walk.events(a)[-1].data["device"]["belief"] for a in ("accept", "depart", "arrive")]
    assert beliefs[0] in ("plausible", "before")
    assert beliefs[1:] == ["plausible", "plausible"] or beliefs[0] == "before"


def test_a_step_before_the_one_it_follows_is_not_believed(one_walk: Walk) -> None:
    one_walk.now += MINUTE
    one_walk.does("accept", device=Device(NINE + timedelta(seconds=50)))
    one_walk.does("depart", device=Device(NINE + timedelta(seconds=49, milliseconds=999)))
    assert one_walk.events("depart")[0].data["device"]["belief"] == Belief.BEFORE


def test_the_same_act_sent_again_after_its_answer_was_lost_is_done_once(walk: Walk) -> None:
    act = Act(Action.ACCEPT, "plumber01", {}, Device(NINE))
    first = tickets.carry_out(walk.hotline, walk.number, act, "phone-1", walk.now)
    again = tickets.carry_out(walk.hotline, walk.number, act, "phone-1", walk.now + MINUTE)
    assert (again.event_id, again.repeated) == (first.event_id, True)
    assert len(walk.events("accept")) == 1


# ---- pictures ----------------------------------------------------------------------------------------------

@pytest.fixture
def folder(tmp_path):
    """The data folder."""
    return tmp_path / "data"


def jpeg(width: int = 2000, height: int = 1000, **saved: object) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(held, "JPEG", **saved)
    return held.getvalue()


def attach(walk: Walk, folder, given: bytes, key: str = "p1", by: str = "plumber01", kind: Photograph = Photograph.BEFORE, **more: object) -> int:
    return photos.attach(walk.hotline, folder, walk.number, kind, given, by, key, walk.now, **more)


def test_a_picture_is_made_small_upright_and_bare_and_kept_once(walk: Walk, folder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010F] = "a camera that says where it was"
    exif[0x8825] = {1: "N", 2: (31.0, 13.0, 49.0)}
    one = attach(walk, folder, jpeg(exif=exif), device=Device(NINE - MINUTE))
    assert attach(walk, folder, jpeg(exif=exif)) == one
    with walk.hotline.store.reading() as session:
        rows = session.scalars(sa.select(AttachmentRow)).all()
        assert list(ledger.faults(session)) == []
    assert [(r.width, r.height, r.media, r.device_at) for r in rows] == [(800, 1600, "image/jpeg", NINE - MINUTE)]
    kept = photos.path(folder, rows[0].name).read_bytes()
    assert len(kept) == rows[0].size
    assert b"camera" not in kept
    with Image.open(io.BytesIO(kept)) as shown:
        assert dict(shown.getexif()) == {}
    assert len(walk.events("attached")) == 1
    assert len([f for f in folder.rglob("*") if f.is_file()]) == 2


def test_a_signature_keeps_its_strokes_on_white_and_who_signed(one_walk: Walk, folder) -> None:
    held = io.BytesIO()
    Image.new("RGBA", (600, 200), (0, 0, 0, 0)).save(held, "PNG")
    attach(one_walk, folder, held.getvalue(), kind=Photograph.SIGNATURE, signer=" 周敏 ")
    with one_walk.hotline.store.reading() as session:
        row = session.scalar(sa.select(AttachmentRow))
    assert (row.media, row.signer) == ("image/png", "周敏")
    with Image.open(photos.path(folder, row.name)) as shown:
        assert shown.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(("given", "code"), [
    (b"", "no_photo"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_unreadable"), (b"GIF89a" + bytes(50), "photo_unreadable"),
    (jpeg()[:400], "photo_unreadable"), (b"\xff\xd8\xff" + bytes(photographs.LARGEST_MB * 1_000_000), "photo_too_big"),
    (b"RIFF\0\0\0\0WAVEfmt ", "photo_unreadable")], ids=["nothing", "svg", "gif", "cut", "huge", "sound"])
def test_what_is_no_picture_is_not_kept(one_walk: Walk, folder, given: bytes, code: str) -> None:
    with pytest.raises(Refused) as no:
        attach(one_walk, folder, given)
    assert no.value.code == code
    assert [f for f in folder.rglob("*") if f.is_file()] == []


def test_only_the_person_with_the_job_adds_pictures_and_not_without_end(one_walk: Walk, folder, monkeypatch) -> None:
    for by, code in (("electrician01", "unknown_ticket"), ("agent01", "not_your_job")):
        with pytest.raises(Refused) as no:
            attach(one_walk, folder, jpeg(40, 30), by=by)
        assert no.value.code == code
    monkeypatch.setattr(photos, "MOST", 2)
    for key in ("a", "b"):
        attach(one_walk, folder, jpeg(40, 30), key)
    with pytest.raises(Refused) as no:
        attach(one_walk, folder, jpeg(40, 30), "c")
    assert no.value.code == "too_many_photos"
    assert len([f for f in folder.rglob("*") if f.is_file()]) == 4, "a refused picture leaves nothing behind"


def test_pictures_doors_and_positions_stay_on_record_under_raw_sql_too(walk: Walk, folder) -> None:
    attach(walk, folder, jpeg(40, 30))
    compound = walk.ticket().compound
    doors.make(walk.hotline, compound, None, "supervisor01", walk.now)
    doors.place(walk.hotline, compound, "31.2,121.4", "500", "supervisor01", walk.now)
    for statement in ("UPDATE attachment SET sha256 = 'x'", "DELETE FROM attachment", "DELETE FROM door", "DELETE FROM site"):
        with pytest.raises(sa.exc.DBAPIError), walk.hotline.store.transaction() as session:
            session.execute(sa.text(statement))
    with walk.hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SiteRow)) == 1
