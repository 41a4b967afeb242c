"""The clock process: fires what is due, sleeps to the next due time, is woken for nearer ones; calendar jobs run once a period."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import DBAPIError, IntegrityError

from callcenter import clock
from callcenter.domain import days
from callcenter.services import calendar, timers
from callcenter.services.calling_out import follow_up_calls, machine_calls, placed_calls
from callcenter.services.demo import company
from callcenter.services.figures import daily
from callcenter.services.hotline import Hotline
from callcenter.services.intake import drafts
from callcenter.services.intake import keys as search_words
from callcenter.services.ledgers import jobs as exports
from callcenter.services.messages import outbox, reconciling, text_inbox
from callcenter.services.quality import watching
from callcenter.services.recurring import periods, sampling, shifts
from callcenter.services.rosters import telling
from callcenter.services.surveys import asking, closing, following
from callcenter.services.telephone import agents, calling_forward, calls, offering
from callcenter.storage import timers as timer_rows
from callcenter.storage.tables import NodeRow, RunRow
from callcenter.telephony.port import Phone
from callcenter.work.waking import CAP, Waker

log = logging.getLogger(__name__)

BEAT = timedelta(seconds=2)
#: messages that no worker has taken after this long are delivered by the clock itself
UNDELIVERED = timedelta(seconds=3)
#: a long ledger that no worker has begun after this long is written by the clock itself
UNWRITTEN = timedelta(seconds=15)
#: the demo company's roster is kept this far ahead
ROSTER_AHEAD = timedelta(days=60)


class Ticker:
    """One clock process; several may run at once, on any number of machines."""

    def __init__(self, hotline: Hotline, phone: Phone, waker: Waker, export_folder: Path) -> None:
        self.hotline, self.phone, self.waker, self.export_folder = hotline, phone, waker, export_folder
        self.stopping = threading.Event()
        self.node = f"clock:{socket.gethostname()}:{os.getpid()}"
        self.fired = 0
        self._beat_at = datetime(1970, 1, 1, tzinfo=UTC)
        self._called_forward: dict[str, datetime] = {}

    def run(self) -> None:
        """Tick until told to stop (SIGTERM, SIGINT)."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        scheduler = self._calendar()
        scheduler.start()
        try:
            while not self.stopping.is_set():
                self._tick()
        finally:
            scheduler.shutdown(wait=False)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _tick(self) -> None:
        """Fire, deliver what lies about, give a sign of life, rest."""
        try:
            now = clock.now()
            self._settle_the_desk(now)
            fired = timers.fire_due(self.hotline, now, log=log.error)
            self.fired += fired
            if now - self._beat_at >= BEAT:
                self._beat(now)
                self._deliver(now)
            self.waker.wait(timedelta(0) if fired else self._rest())
        except DBAPIError as away:
            log.error("the database does not answer; trying again: %s", away)
            clock.sleep(0.5)

    def _settle_the_desk(self, now: datetime) -> None:
        """After-call work that has run out, ringing whose end nobody reported, callers whose turn has come."""
        agents.settle_due(self.hotline, now)
        offering.end_overdue(self.hotline, now)
        self._called_forward = calling_forward.call_forward(self.hotline, self.phone, now, self._called_forward)

    def _rest(self) -> timedelta:
        with self.hotline.store.reading() as session:
            due = min((d for d in (timer_rows.next_due_at(session), agents.next_due(session)) if d is not None), default=None)
        return CAP if due is None else max(timedelta(milliseconds=1), min(CAP, due - clock.now()))

    def _beat(self, now: datetime) -> None:
        beat(self.hotline, self.node, "clock", now, self.fired)
        self._beat_at = now

    def _deliver(self, now: datetime) -> None:
        """The worker delivers within milliseconds; when it is away for seconds, so does the clock."""
        outbox.deliver(self.hotline, self.phone, now - UNDELIVERED)

    def _outbound(self, now: datetime) -> None:
        """Messages and calls nobody knows the end of, the next follow-up by machine, texts that nobody has answered."""
        reconciling.reconcile(self.hotline, self.phone, now)
        machine_calls.sweep(self.hotline, now)
        follow_up_calls.begin(self.hotline, self.phone, now)
        placed_calls.sweep(self.hotline, now)
        text_inbox.remind(self.hotline, now)

    def _calendar(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(timezone="Asia/Shanghai", job_defaults={"misfire_grace_time": None, "coalesce": True})
        scheduler.add_job(self._once_a_period, "cron", hour=3, minute=10, args=["roster", "%Y-%m-%d", self._roster], id="roster")
        scheduler.add_job(self._keep_calendar, id="calendar at once")
        scheduler.add_job(self._keep_calendar, "cron", hour=3, minute=20, id="calendar")
        scheduler.add_job(self._spell, id="search words at once")
        scheduler.add_job(self._spell, "cron", hour=3, minute=40, id="search words")
        scheduler.add_job(self._open_periods, id="periods at once")
        scheduler.add_job(self._open_periods, "cron", minute="*/5", second=1, id="periods")
        # from 09:05 on, by whichever clock comes first; one that was down at five past nine comes later in the day
        scheduler.add_job(self._once_a_period, "cron", hour="9-23", minute=5, args=["follow-ups", "%Y-%m-%d", self._top_up], id="follow-ups")
        # reminders go out by day alone; matters and anonymising ride along
        scheduler.add_job(self._once_a_period, "cron", hour="10-19", minute=15, args=["surveys", "%Y-%m-%dT%H", self._surveys], id="surveys")
        scheduler.add_job(self._once_a_period, "cron", second=30, args=["desk", "%Y-%m-%dT%H:%M", self._look_after_the_desk], id="desk")
        scheduler.add_job(self._once_a_period, "cron", second=45, args=["outbound", "%Y-%m-%dT%H:%M", self._outbound], id="outbound")
        scheduler.add_job(self._once_a_period, "cron", second=50, args=["actions", "%Y-%m-%dT%H:%M", self._tell_overdue_actions], id="actions")
        # of what is missing a day ahead: often enough that nobody hears of it later than that
        scheduler.add_job(self._once_a_period, "cron", minute="*/10", second=40, args=["roster gaps", "%Y-%m-%dT%H:%M", self._tell_of_the_roster],
                          id="roster gaps")
        scheduler.add_job(self._once_a_period, "cron", second=20, args=["figures", "%Y-%m-%dT%H:%M", self._sum_up], id="figures")
        scheduler.add_job(self._write_exports, "cron", second="*/20", id="exports")
        scheduler.add_job(self._once_a_period, "cron", minute=25, args=["exports over", "%Y-%m-%dT%H", self._expire_exports], id="exports over")
        scheduler.add_job(self._once_a_period, "cron", minute=20, args=["nodes", "%Y-%m-%dT%H", self._forget], id="nodes")
        return scheduler

    def _once_a_period(self, job: str, period: str, work: Callable[[datetime], None]) -> None:
        """Do *work* unless some clock has done it in this period already."""
        now = clock.now()
        try:
            with self.hotline.store.transaction() as session:
                session.add(RunRow(job=job, period=now.strftime(period), at=now))
        except IntegrityError:
            return
        work(now)

    def _keep_calendar(self) -> None:
        """This year's and the next year's working days in the table."""
        try:
            with self.hotline.store.transaction() as session:
                calendar.keep(session, days.local(clock.now()).date())
        except IntegrityError:
            return  # another clock was writing the same days

    def _spell(self) -> None:
        """Words to search by for whoever was there before there were any, or was entered past the registers; safe in every clock."""
        search_words.fill(self.hotline.store)

    def _open_periods(self) -> None:
        """Days, weeks, months, surveys and shifts whose time has come, those of a downtime included; safe in every clock."""
        periods.open_due(self.hotline, clock.now())

    def _write_exports(self) -> None:
        """Long ledgers nobody writes because no worker is there; in the scheduler's thread, so that no timer waits for them."""
        exports.write_waiting(self.hotline, self.export_folder, self.node, clock.now, UNWRITTEN)

    def _expire_exports(self, now: datetime) -> None:
        exports.expire(self.hotline, self.export_folder, now)

    def _top_up(self, now: datetime) -> None:
        sampling.top_up(self.hotline, now)

    def _surveys(self, now: datetime) -> None:
        """One reminder for who has not answered, matters a crash left out, and published sheets that are to forget whose they were."""
        asking.remind_due(self.hotline, now)
        following.sweep(self.hotline, now)
        closing.anonymise(self.hotline, now)

    def _roster(self, now: datetime) -> None:
        with self.hotline.store.transaction() as session:
            if company.is_loaded(session):
                company.extend_roster(session, now + ROSTER_AHEAD)

    def _look_after_the_desk(self, now: datetime) -> None:
        """Calls whose end was lost, and people who have not come to their shift."""
        calls.sweep(self.hotline, now)
        shifts.mark_absent(self.hotline, now)

    def _tell_overdue_actions(self, now: datetime) -> None:
        """Corrective actions beyond their day, and look-backs whose day has come, level by level."""
        watching.tell_due(self.hotline, now)

    def _tell_of_the_roster(self, now: datetime) -> None:
        """Hours without somebody who must be there, and certificates that run out."""
        telling.tell(self.hotline, now)

    def _sum_up(self, now: datetime) -> None:
        """The daily sums of the figures, some thousand tickets and calls a minute at most, in the scheduler's thread."""
        daily.refresh(self.hotline, now)

    def _forget(self, now: datetime) -> None:
        """Processes that are gone, periods long past, forms nobody came back for."""
        drafts.forget(self.hotline, now)
        with self.hotline.store.transaction() as session:
            session.execute(sa.delete(NodeRow).where(NodeRow.seen_at < now - timedelta(days=1)))
            session.execute(sa.delete(RunRow).where(RunRow.at < now - timedelta(days=40)))


def beat(hotline: Hotline, name: str, kind: str, now: datetime, fired: int = 0) -> None:
    """A process's sign of life, for the doctor and the board."""
    with hotline.store.transaction() as session:
        session.merge(NodeRow(name=name, kind=kind, seen_at=now, fired=fired, late_ms=0))
