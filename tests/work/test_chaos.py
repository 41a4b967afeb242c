"""Clocks, worker, web and Redis are killed at random, Redis is emptied: every due rung fires exactly once, every message goes out."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from callcenter import clock
from callcenter.config import redis_socket
from callcenter.domain import promises
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action, Clock, TicketType
from callcenter.services import audit, tickets
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook, read_folder
from callcenter.storage import facts, ledger
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import EscalationRow, EventRow, MessageRow, PromiseRow, TicketRow, TimerFireRow, TimerRow
from callcenter.work import embedded
from tests.hotlines import fill
from tests.servers import _dies_with_us

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are bound to this one by the kernel")

#: the same rules within seconds: three minutes become three seconds, a quarter of an hour two
SHORT_LADDER = """\
[ladder.dispatch]
acknowledge = "2s"
rungs = [
  { at = "-1s", tell = ["owner", "dispatcher"] },
  { at = "0s",  tell = ["dispatcher", "lead"], level = 1, do = "offer_all" },
  { at = "1s",  level = 2 },
  { at = "2s",  level = 3, only = ["urgent_repair", "emergency_referral"] },
]
"""
TICKETS = 10
KILLS = 10


@pytest.fixture
def short_rules(tmp_path: Path) -> Path:
    """The company's rules with a dispatch promise of three seconds, one version further."""
    folder = tmp_path / "workflows"
    shutil.copytree(Path(__file__).parents[2] / "workflows", folder)
    text = (folder / "hotline.toml").read_text(encoding="utf-8")
    text = re.sub(r"^version = (\d+)", lambda found: f"version = {int(found[1]) + 1}", text, count=1, flags=re.MULTILINE)
    text = text.replace('within = "3min"', 'within = "3s"').replace('acknowledge_urgent = "5min"', 'acknowledge_urgent = "2s"')
    text, ladders = re.subn(r"\[ladder\.dispatch\].*?\n\]\n", SHORT_LADDER, text, count=1, flags=re.DOTALL)
    assert ladders == 1
    (folder / "hotline.toml").write_text(text, encoding="utf-8")
    return folder


class Fleet:
    """The processes of one hotline, started and killed by this test."""

    def __init__(self, folder: Path, environ: dict[str, str], commands: dict[str, list[str]]) -> None:
        self.folder, self.environ, self.commands = folder, environ, commands
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        with open(self.folder / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(self.commands[name], env=self.environ, stdout=log, stderr=log,
                                                  preexec_fn=_dies_with_us(signal.SIGKILL))

    def kill(self, name: str) -> None:
        """Kill -9 the process and whatever it forked."""
        process = self.running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def said(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in sorted(self.folder.glob("*.log")))


@contextmanager
def fleet(folder: Path, commands: dict[str, list[str]], **environ: str):
    ours = ("CALLCENTER_", "DATABASE_", "REDIS_", "TWILIO_", "BIND", "PORT", "PUBLIC_", "SECRET_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    started = Fleet(folder, kept | {"CALLCENTER_DATA": str(folder), "CALLCENTER_DEMO": "0", **environ}, commands)
    with ExitStack() as ending:
        for name in commands:
            started.start(name)
            ending.callback(lambda name=name: started.kill(name) if started.running[name].poll() is None else None)
        yield started


def ourselves(command: str) -> list[str]:
    return [sys.executable, "-m", "callcenter", command]


def open_hotline(url: str, rules: Path) -> Hotline:
    """The filled hotline under the short rules, in this process."""
    hotline = Hotline(Store(make_engine(url)), Rulebook(read_folder(rules)))
    hotline.rulebook.install(hotline.store, clock.now())
    return hotline


def open_one(hotline: Hotline, n: int) -> None:
    """Every third is urgent and climbs a level more."""
    tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", {
        "category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": f"第 {n} 处漏水", "contact_phone": "19000000001",
        "type": "urgent_repair" if n % 3 == 0 else "daily_repair"}), f"open-{n}", clock.now())


def misfortune(fleet: Fleet, chance: random.Random, redis_url: str | None) -> None:
    """One process is killed and started again, or Redis forgets everything."""
    victim = chance.choice([*fleet.commands, *(["flush"] if redis_url else [])])
    if victim != "flush":
        fleet.kill(victim)
        clock.sleep(chance.uniform(0, 0.2))
        fleet.start(victim)
        return
    try:
        with redis.Redis.from_url(redis_url) as connection:
            connection.flushall()
    except redis.RedisError:
        pass  # it is being started again, and as empty


def rehearse_chaos(hotline: Hotline, fleet: Fleet, seed: int, redis_url: str | None = None) -> None:
    """Tickets are opened while processes die; at the end all of them live, and what is due is waited for."""
    chance = random.Random(seed)
    for n in range(max(TICKETS, KILLS)):
        if n < TICKETS:
            open_one(hotline, n)
        clock.sleep(chance.uniform(0.1, 0.5))
        if n < KILLS:
            misfortune(fleet, chance, redis_url)
    for name, process in fleet.running.items():
        if process.poll() is not None:
            fleet.start(name)
    wait_until(lambda: at_rest(hotline), fleet)


def at_rest(hotline: Hotline) -> bool:
    """Every ladder has been climbed to its top, nothing is due and everything that was to be said is said."""
    with hotline.store.reading() as session:
        due = session.scalar(sa.select(sa.func.min(TimerRow.due_at)).where(TimerRow.due_at.is_not(None)))
        waiting = session.scalar(sa.select(sa.func.count()).select_from(MessageRow).where(MessageRow.status.in_(["waiting", "sending"])))
        tops = session.scalar(sa.select(sa.func.count()).select_from(EscalationRow).where(EscalationRow.level == 4))
    return waiting == 0 and tops == TICKETS and (due - clock.now()).total_seconds() > 60


def wait_until(come_true, fleet: Fleet) -> None:
    until = time.monotonic() + 300  # noqa: TID251 - a test waits for a process, no promise is judged
    while not come_true():
        assert time.monotonic() < until, fleet.said()  # noqa: TID251
        clock.sleep(0.1)


def everything_fired_once_and_in_order(hotline: Hotline) -> None:
    """Step after step without a gap or a repeat, each at the second its ladder says and never before it."""
    with hotline.store.reading() as session:
        for timer in session.scalars(sa.select(TimerRow).where(TimerRow.ticket_id.is_not(None))):
            fires = session.scalars(sa.select(TimerFireRow).where(TimerFireRow.timer_id == timer.id)
                                    .order_by(TimerFireRow.fired_at, TimerFireRow.step)).all()
            assert [f.step for f in fires] == list(range(timer.step))
            assert [f.due_at for f in fires] == due_times(hotline, session, timer)
            assert all(f.fired_at >= f.due_at for f in fires)
            assert [f.late_ms for f in fires] == [(f.fired_at - f.due_at) // timedelta(milliseconds=1) for f in fires]


def due_times(hotline: Hotline, session, timer: TimerRow) -> list:
    """When the rules say that each of its rungs was due."""
    promise, ticket = session.get_one(PromiseRow, timer.promise_id), session.get_one(TicketRow, timer.ticket_id)
    policy = hotline.rulebook.of(session, ticket.policy_id)
    rule = policy.promise(Clock(promise.clock), TicketType(ticket.type))
    return [promises.next_due(policy, rule, facts.promise(promise), None, timer.armed_from, step).at for step in range(timer.step)]


def everything_was_said_once(hotline: Hotline) -> None:
    """Every rung that speaks has its messages, each person hears it once, and every message left the house under a number of its own."""
    with hotline.store.reading() as session:
        messages = session.scalars(sa.select(MessageRow)).all()
        assert {m.status for m in messages} == {"sent"}
        paper = [m.provider_sid for m in messages if m.provider_sid is not None]
        assert len(paper) == len(set(paper)) == sum(m.channel != "screen" for m in messages)
        assert len({(m.key.rsplit(":", 1)[0], m.notice, m.to) for m in messages}) == len(messages)
        breaches = session.scalars(sa.select(EventRow.ticket_id).where(EventRow.action == "timer:dispatch")).all()
        assert {breaches.count(ticket) for ticket in session.scalars(sa.select(TicketRow.id).where(TicketRow.type == "urgent_repair"))} == {4}
        assert {breaches.count(ticket) for ticket in session.scalars(sa.select(TicketRow.id).where(TicketRow.type == "daily_repair"))} == {3}


def the_doctor_is_content(hotline: Hotline, fleet: Fleet | None) -> None:
    """How late the rungs came is left out: every process had been shot."""
    with hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []

    def complaints() -> list[str]:
        found = audit.examine(hotline, clock.now(), processes=fleet is not None)
        return [f.en for f in found if not f.ok and f.name != "lateness"]
    if fleet is not None:
        wait_until(lambda: complaints() == [], fleet)
    assert complaints() == []


def test_nothing_is_lost_or_done_twice_when_clocks_worker_web_and_redis_are_killed(tmp_path, short_rules):
    url, queue = f"sqlite:///{tmp_path / 'callcenter.sqlite3'}", f"unix://{redis_socket(tmp_path)}"
    fill(url, clock.now())
    hotline = open_hotline(url, short_rules)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    commands = {"redis": embedded.argv(embedded.find(), tmp_path), "worker": ourselves("worker"), "clock-a": ourselves("clock"),
                "clock-b": ourselves("clock"), "web": ourselves("web")}
    with fleet(tmp_path, commands, CALLCENTER_WORKFLOWS=str(short_rules), PORT=port, CALLCENTER_WEB_THREADS="8") as shot_at:
        rehearse_chaos(hotline, shot_at, seed=20261, redis_url=queue)
        everything_fired_once_and_in_order(hotline)
        everything_was_said_once(hotline)
        the_doctor_is_content(hotline, shot_at)
    hotline.store.engine.dispose()


def test_three_clocks_on_postgresql_fire_each_rung_once_while_they_are_killed_and_there_is_no_redis(postgres_database, tmp_path, short_rules):
    fill(postgres_database, clock.now())
    hotline = open_hotline(postgres_database, short_rules)
    commands = {name: ourselves("clock") for name in ("clock-a", "clock-b", "clock-c")}
    with fleet(tmp_path, commands, CALLCENTER_WORKFLOWS=str(short_rules), DATABASE_URL=postgres_database) as shot_at:
        rehearse_chaos(hotline, shot_at, seed=20262)
        everything_fired_once_and_in_order(hotline)
        everything_was_said_once(hotline)
    the_doctor_is_content(hotline, None)
    hotline.store.engine.dispose()
