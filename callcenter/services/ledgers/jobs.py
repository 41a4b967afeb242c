"""Lists too long to be handed over at once: written to a file in the background, followed, cancelled, fetched once ready, thrown away after a day."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.services import access
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers import taking
from callcenter.services.ledgers.files import Head, as_csv, write_xlsx
from callcenter.services.ledgers.taking import Wish
from callcenter.storage import facts
from callcenter.storage.ledger_tables import ExportJobRow
from callcenter.storage.store import wake_later

#: a finished file lies there for so long
KEPT = timedelta(hours=24)
#: whoever writes says so at least this often; a job nobody has written at for longer begins anew
EVERY, SILENT = 500, timedelta(minutes=2)
#: unfinished ones a person may have at a time
AT_ONCE = 3

WAITING, RUNNING, READY, CANCELLED, FAILED, EXPIRED = "waiting", "running", "ready", "cancelled", "failed", "expired"
Now = Callable[[], datetime]


class Cancelled(Exception):
    """Nobody wants the list any more."""


def ask(hotline: Hotline, wish: Wish, user: str, now: datetime) -> int:
    """
    Have the list written; that it was asked for is in the access log before anybody writes a line of it.

    Raises:
        Refused: "not_allowed", "reason_needed", "bad_value", "too_many_exports".
    """
    with hotline.store.reading() as session:
        taking.allowed(wish, facts.staff(session, now).roles(user))
        if _unfinished(session, user) >= AT_ONCE:
            raise Refused("too_many_exports", most=AT_ONCE)
    total = taking.count(hotline, wish, user, now)
    taking.write_down(hotline, wish, user, total, now)
    with hotline.store.transaction() as session:
        job = ExportJobRow(ledger=wish.ledger.code, ending=wish.ending, wish=wish.held(), asked_by=user, asked_at=now, state=WAITING, total=total)
        session.add(job)
        session.flush()
        wake_later(session, "export", id=job.id)
        return job.id


def _unfinished(session: Session, user: str) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(ExportJobRow).where(
        ExportJobRow.asked_by == user, ExportJobRow.state.in_([WAITING, RUNNING]))) or 0


def of(session: Session, user: str, limit: int = 20) -> list[ExportJobRow]:
    """One's own jobs, the newest first."""
    return list(session.scalars(sa.select(ExportJobRow).where(ExportJobRow.asked_by == user).order_by(ExportJobRow.id.desc()).limit(limit)))


def one(session: Session, key: int, user: str) -> ExportJobRow:
    """
    One's own job.

    Raises:
        Refused: "unknown_export", the same for one that is not there and one that is somebody else's.
    """
    job = session.get(ExportJobRow, key)
    if job is None or job.asked_by != user:
        raise Refused("unknown_export")
    return job


def cancel(hotline: Hotline, folder: Path, key: int, user: str, now: datetime) -> None:
    """It is not wanted any more: nobody begins it, whoever writes it stops within a few hundred lines, what was written is thrown away."""
    with hotline.store.transaction() as session:
        job = one(session, key, user)
        if job.state not in (WAITING, RUNNING, READY):
            raise Refused("export_over")
        file, job.state, job.ended_at, job.file = job.file, CANCELLED, now, None
    _throw_away(folder, file)


def fetch(hotline: Hotline, folder: Path, key: int, user: str, roles: frozenset[str], now: datetime) -> tuple[Path, ExportJobRow]:
    """
    The finished file, for whoever asked for it, as long as it lies there and they may still have it; that it was fetched is written down.

    Raises:
        Refused: "unknown_export", "export_not_ready", "export_gone", "not_allowed".
    """
    with hotline.store.reading() as session:
        job = one(session, key, user)
    if job.state in (WAITING, RUNNING):
        raise Refused("export_not_ready")
    if job.state != READY or job.file is None or job.expires_at is None or job.expires_at <= now or not (folder / job.file).is_file():
        raise Refused("export_gone")
    wish = taking.kept(job.ledger, job.ending, job.wish)
    if not access.may_export(roles, unmasked=wish.unmasked):
        raise Refused("not_allowed", action=taking.EXPORTING, who=sorted(access.UNMASKERS if wish.unmasked else access.EXPORTERS))
    access.record(hotline, "export_file", user, now, {"export": key, "list": job.ledger, "lines": job.lines, "format": job.ending},
                  unmasked=wish.unmasked, reason=f"#{key}" if wish.unmasked else "")
    return folder / job.file, job


def write_waiting(hotline: Hotline, folder: Path, worker: str, clock_now: Now, older_than: timedelta = timedelta()) -> int:
    """
    Write every list that waits, and those whose writer has fallen silent; how many were written.

    With *older_than* only where nobody else writes: whoever stands in for the worker leaves it what it is about to take.
    """
    written = 0
    while job := _take(hotline, worker, clock_now(), older_than):
        _write(hotline, folder, job, worker, clock_now)
        written += 1
    return written


def _take(hotline: Hotline, worker: str, now: datetime, older_than: timedelta) -> ExportJobRow | None:
    """The oldest that nobody writes, from now on this worker's."""
    free = sa.or_(sa.and_(ExportJobRow.state == WAITING, ExportJobRow.asked_at <= now - older_than),
                  sa.and_(ExportJobRow.state == RUNNING, ExportJobRow.seen_at < now - SILENT))
    busy = sa.and_(ExportJobRow.state == RUNNING, ExportJobRow.seen_at >= now - SILENT)
    with hotline.store.reading() as session:
        if session.scalar(sa.select(ExportJobRow.id).where(free).limit(1)) is None:
            return None
        if older_than and session.scalar(sa.select(ExportJobRow.id).where(busy).limit(1)) is not None:
            return None
    with hotline.store.transaction() as session:
        job = session.scalar(sa.select(ExportJobRow).where(free).order_by(ExportJobRow.id).limit(1).with_for_update(skip_locked=True))
        if job is not None:
            job.state, job.worker, job.seen_at, job.lines = RUNNING, worker, now, 0
        return job


def _write(hotline: Hotline, folder: Path, job: ExportJobRow, worker: str, clock_now: Now) -> None:
    """From the first line to the last of one snapshot; a list nobody wants any more, or that fails, leaves no file."""
    name = f"export-{job.id}-{int(clock_now().timestamp())}.{job.ending}"
    draft = folder / f".{name}.{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with hotline.store.reading() as session:
            head, rows = taking.lines(hotline, session, taking.kept(job.ledger, job.ending, job.wish), job.asked_by, clock_now())
            _to_file(draft, job.ending, head, _followed(hotline, job.id, worker, rows, clock_now))
        draft.replace(folder / name)
        if not _finish(hotline, job.id, worker, clock_now(), file=name, size=(folder / name).stat().st_size):
            _throw_away(folder, name)
    except Cancelled:
        pass  # the row says so already
    except Exception as wrong:  # noqa: BLE001 - whoever asked must see that it failed, whatever it was
        _finish(hotline, job.id, worker, clock_now(), error=f"{type(wrong).__name__}: {wrong}"[:300])
    finally:
        draft.unlink(missing_ok=True)


def _to_file(draft: Path, ending: str, head: Head, rows: Iterator[Sequence[Any]]) -> None:
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        if ending == "csv":
            file.writelines(as_csv(head, rows))
        else:
            write_xlsx(file, head, rows)


def _followed(hotline: Hotline, key: int, worker: str, rows: Iterator[list[Any]], clock_now: Now) -> Iterator[list[Any]]:
    """The rows, and every few hundred how far it has come."""
    done = 0
    for done, row in enumerate(rows, start=1):
        yield row
        if done % EVERY == 0:
            _tell(hotline, key, worker, done, clock_now())
    _tell(hotline, key, worker, done, clock_now())


def _tell(hotline: Hotline, key: int, worker: str, done: int, now: datetime) -> None:
    """How far it has come.

    Raises:
        Cancelled: it is not this worker's any more.
    """
    with hotline.store.transaction() as session:
        job = session.get_one(ExportJobRow, key)
        if job.state != RUNNING or job.worker != worker:
            raise Cancelled
        job.lines, job.total, job.seen_at = done, max(job.total, done), now


def _finish(hotline: Hotline, key: int, worker: str, now: datetime, *, file: str | None = None, size: int | None = None,
    error: str | None = None) -> bool:
    with hotline.store.transaction() as session:
        job = session.get_one(ExportJobRow, key)
        if job.state != RUNNING or job.worker != worker:
            return False
        job.state, job.ended_at, job.file, job.size, job.error = (FAILED if error else READY), now, file, size, error
        if file:
            job.total, job.expires_at = job.lines, now + KEPT
        return True


def expire(hotline: Hotline, folder: Path, now: datetime) -> int:
    """Throw away the files whose day is over, and any that belong to no job; how many jobs that ended."""
    with hotline.store.transaction() as session:
        over = list(session.scalars(sa.select(ExportJobRow).where(ExportJobRow.state == READY, ExportJobRow.expires_at <= now)))
        for job in over:
            job.state, job.file = EXPIRED, None
        kept = set(session.scalars(sa.select(ExportJobRow.file).where(ExportJobRow.state == READY)))
        busy = session.scalar(sa.select(sa.func.count()).select_from(ExportJobRow).where(ExportJobRow.state == RUNNING)) or 0
    for file in folder.glob("*export-*") if folder.is_dir() else ():
        if file.name not in kept and not (busy and file.stat().st_mtime > (now - KEPT).timestamp()):
            file.unlink(missing_ok=True)
    return len(over)


def _throw_away(folder: Path, file: str | None) -> None:
    if file:
        (folder / file).unlink(missing_ok=True)
