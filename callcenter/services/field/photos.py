"""Photographs and signatures: checked, made small, stripped of what the camera wrote into them, kept under a random name."""

import io
import os
import secrets
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from callcenter.domain.device_time import Device
from callcenter.domain.photographs import LARGEST_MB, LONGEST_SIDE, MOST, MOST_PIXELS, SMALL_SIDE, Photograph
from callcenter.domain.ticket import Act, Refused, Staff, Tell, Ticket
from callcenter.domain.vocabulary import ENDED, Action, Role
from callcenter.services import permitted
from callcenter.services.acting import Writing
from callcenter.services.field import devices
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, ledger
from callcenter.storage.field_tables import AttachmentRow
from callcenter.storage.store import wake_later
from callcenter.storage.tables import TicketRow

#: what the event of a new photograph is called
ATTACHED = "attached"
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_FORMATS = ("JPEG", "PNG", "WEBP")
#: whether somebody may attach a picture to the ticket, which is locked; gives the colleague it is kept under
Allowed = Callable[[Session, TicketRow], str]
#: whom a new picture is told to, when it is to be told at all
Telling = Callable[[Session, TicketRow], Tell | None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was opened, set upright and written anew: nothing of the original file is left but what it shows."""

    data: bytes
    small: bytes
    media: str
    width: int
    height: int


def attach(hotline: Hotline, folder: Path, number: str, kind: Photograph, given: bytes, by: str, key: str, now: datetime, *,
           signer: str = "", device: Device | None = None) -> int:
    """
    Keep a picture of the ticket and write it into the ticket's history; its id.

    Args:
        folder: the data folder.
        key: names this request; the same key gives the same answer and keeps nothing twice.

    Raises:
        Refused: not the person's job, over, too many, too big or no picture; nothing was kept.
    """
    def allowed(session: Session, row: TicketRow) -> str:
        _may_attach(hotline, session, row, by, now)
        return by

    return keep(hotline, folder, number, kind, given, by, key, now, allowed, signer=signer, device=device)


def keep(hotline: Hotline, folder: Path, number: str, kind: Photograph, given: bytes, by: str, key: str, now: datetime, allowed: Allowed, *,
         signer: str = "", device: Device | None = None, telling: Telling | None = None) -> int:
    """
    The same for whoever *allowed* lets: it refuses, or names the colleague in whose name the picture is kept; `telling`: who hears of it.

    Raises:
        Refused: as *allowed* says, or too big or no picture; nothing was kept.
    """
    with hotline.store.reading() as session:
        known = session.scalar(sa.select(AttachmentRow.id).where(AttachmentRow.key == key))
        if known is not None:
            return known
    picture = opened(given, kind)
    name = _written(folder, picture)
    try:
        with hotline.store.transaction() as session:
            row = facts.locked(session, number)
            if row is None:
                raise Refused("unknown_ticket", number=number)
            held_by, tell = allowed(session, row), telling(session, row) if telling else None
            told = Writing(session, hotline, row, now).tell(tell, by, f"attach:{key}") if tell else []
            return _kept(session, row, held_by, kind, picture, name, by, key, now, signer, device, told)
    except BaseException:
        _removed(folder, name)
        raise


def _kept(session: Session, row: TicketRow, held_by: str, kind: Photograph, picture: Picture, name: str, by: str, key: str,
          now: datetime, signer: str, device: Device | None, told: list[tuple[str, str]]) -> int:
    said = devices.record(session, row, Act(Action.NOTE, by, device=device), now)
    kept = AttachmentRow(
        ticket_id=row.id, key=key, kind=kind, cycle=row.cycle, name=name, media=picture.media, sha256=sha256(picture.data).hexdigest(),
        size=len(picture.data), width=picture.width, height=picture.height, signer=signer.strip()[:80] or None, by=held_by, at=now,
        device_at=device.at if device else None)
    session.add(kept)
    session.flush()
    row.version += 1
    ledger.append(session, row, f"attach:{key}", ATTACHED, by, now, before=row.state, after=row.state,
                  data={"attachment": kept.id, "kind": kind, "sha256": kept.sha256, "size": kept.size, "signer": kept.signer, **said,
                        **({"told": [list(t) for t in told]} if told else {})})
    wake_later(session, "ticket", number=row.number)
    return kept.id


def _may_attach(hotline: Hotline, session: Session, row: TicketRow, by: str, now: datetime) -> None:
    policy, staff, ticket = hotline.rulebook.of(session, row.policy_id), facts.staff(session, now), facts.ticket(session, row)
    if not permitted.may_read(policy, staff, ticket, by):
        raise Refused("unknown_ticket", number=row.number)
    if not _has_the_job(staff, ticket, by):
        raise Refused("not_your_job")
    if ticket.state in ENDED:
        raise Refused("photos_over")
    room_for(session, row, MOST)


def room_for(session: Session, row: TicketRow, most: int, *of: sa.ColumnElement[bool]) -> None:
    """Refused "too_many_photos" when the ticket has as many already."""
    if (session.scalar(sa.select(sa.func.count()).select_from(AttachmentRow).where(AttachmentRow.ticket_id == row.id, *of)) or 0) >= most:
        raise Refused("too_many_photos", most=most)


def _has_the_job(staff: Staff, ticket: Ticket, user: str) -> bool:
    """Whoever was sent, somebody of the team that was, and the head of an office department its matters."""
    job, person = ticket.assignment, staff.people[user]
    team = job is not None and job.team and job.to in {t.value for t in person.trades}
    return user == ticket.assignee or team or (Role.DEPT_HEAD in person.roles and ticket.department == person.department)


# ---- the picture itself ------------------------------------------------------------------------------------

def opened(given: bytes, kind: Photograph) -> Picture:
    """
    The picture, upright, at most LONGEST_SIDE across, as JPEG (a signature as PNG), with a small one for lists.

    Raises:
        Refused: "no_photo", "photo_too_big", "photo_unreadable".
    """
    if not given:
        raise Refused("no_photo")
    if len(given) > LARGEST_MB * 1_000_000:
        raise Refused("photo_too_big", most=LARGEST_MB)
    if not given.startswith(_MAGIC):
        raise Refused("photo_unreadable")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(given), formats=_FORMATS) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise Refused("photo_unreadable")
                upright = ImageOps.exif_transpose(found)
                return _anew(_on_white(upright), "PNG" if kind is Photograph.SIGNATURE else "JPEG")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning):
        raise Refused("photo_unreadable") from None


def _on_white(picture: Image.Image) -> Image.Image:
    """Plain colours; what was see-through is white."""
    if picture.mode not in ("RGBA", "LA", "PA", "P"):
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    ground = Image.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground


def _anew(picture: Image.Image, form: str) -> Picture:
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = picture.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(_bytes(picture, form), _bytes(small, form), f"image/{form.lower()}", picture.width, picture.height)


def _bytes(picture: Image.Image, form: str) -> bytes:
    held = io.BytesIO()
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)  # a new picture carries no metadata over
    bare.save(held, form, **({"quality": 85, "optimize": True} if form == "JPEG" else {"optimize": True}))
    return held.getvalue()


# ---- where it lies -----------------------------------------------------------------------------------------

def path(folder: Path, name: str, *, small: bool = False) -> Path:
    """Where a picture lies; the name is ours, 32 hex digits."""
    return folder / "photos" / name[:2] / (f"{name}.small" if small else name)


def _written(folder: Path, picture: Picture) -> str:
    """Both sizes on disk, before the row that names them: a row never points at nothing."""
    name = secrets.token_hex(16)
    path(folder, name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for small, data in ((False, picture.data), (True, picture.small)):
        with open(os.open(path(folder, name, small=small), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as page:
            page.write(data)
    return name


def _removed(folder: Path, name: str) -> None:
    for small in (False, True):
        path(folder, name, small=small).unlink(missing_ok=True)


# ---- reading -----------------------------------------------------------------------------------------------

def of_tickets(session: Session, ids: Sequence[int]) -> dict[int, list[AttachmentRow]]:
    """The pictures of these tickets, oldest first."""
    found: dict[int, list[AttachmentRow]] = {}
    for row in session.scalars(sa.select(AttachmentRow).where(AttachmentRow.ticket_id.in_(ids)).order_by(AttachmentRow.id)):
        found.setdefault(row.ticket_id, []).append(row)
    return found


def one(session: Session, ticket_id: int, photo_id: int) -> AttachmentRow | None:
    """A picture, if it is one of this ticket."""
    return session.scalar(sa.select(AttachmentRow).where(AttachmentRow.id == photo_id, AttachmentRow.ticket_id == ticket_id))
