"""`callcenter simulate`: the line simulator in front of a hotline, with or without a scripted day."""

import json
import signal
import sys
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from callcenter.config import Settings
from callcenter.simulator.day import Plan, Town, people
from callcenter.simulator.line import Account, Line, open_line
from callcenter.simulator.people import Somebody
from callcenter.simulator.posts import Chaos
from callcenter.simulator.summary import Summary, summarise
from callcenter.telephony.signatures import trial_token
from callcenter.work import trial_line

PORT = 4010
#: seconds of the line's own time after the last caller, for return calls and callbacks under way
AFTERWARDS = 900.0


def run(settings: Settings, *, port: int | None, base: str | None, callers: int, agents: int, minutes: float, speed: float, seed: int,
        chaos: str, log: Path | None) -> int:
    """
    Serve until told to stop, or, with callers, play the day and print what was seen.

    Returns: 0; 1 when TwiML could not be used or a webhook failed; 2 when it could not begin.
    """
    try:
        account = account_of(settings, base)
        town = Town(agents, seed) if callers else None
        line = open_line(account, port_of(settings) if port is None else port, speed=speed, seed=seed, chaos=Chaos.read(chaos),
                         stranger=town.somebody if town else None)
    except (OSError, ValueError) as reason:
        print(f"callcenter simulate: {reason}", file=sys.stderr)
        return 2
    print(f"模拟线路 / line simulator: {line.server.address} → {account.base}", flush=True)
    stopped = _until_told()
    try:
        return _serve(stopped) if town is None else _day(line, town, stopped, Plan(callers, minutes, (), seed), log)
    finally:
        line.close()


def account_of(settings: Settings, base: str | None = None) -> Account:
    """The account of the settings, else that of the trial; ValueError when nobody knows what the hotline's telephone signs with."""
    token = trial_token(settings)
    if token is None:
        raise ValueError(f"没有签名密钥 / no TWILIO_AUTH_TOKEN, and no demo_auth_token in {settings.data_dir} (CALLCENTER_DATA?)")
    there = base or settings.public_base_url or f"http://{settings.bind}"
    if urlsplit(there).scheme != "http" or urlsplit(there).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError(f"{there}: 只对本机 / only against this machine, http://127.0.0.1:8000")
    return Account(settings.twilio_account_sid or trial_line.account(token), token, settings.twilio_number or trial_line.NUMBER, there.rstrip("/"))


def port_of(settings: Settings) -> int:
    """The port that TWILIO_API names, so that both sides mean the same line."""
    return urlsplit(settings.twilio_api or "").port or PORT


def _until_told() -> Event:
    stopped = Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stopped.set())
    return stopped


def _serve(stopped: Event) -> int:
    stopped.wait()
    return 0


def _day(line: Line, town: Town, stopped: Event, plan: Plan, log: Path | None) -> int:
    """Until every caller has gone and what they left behind was seen to, or told to stop."""
    town.exchange = exchange = line.exchange
    with line.timeline.lock:
        people(exchange, plan)
        line.timeline.after(plan.minutes * 60 + AFTERWARDS, stopped.set)
    stopped.wait()
    with line.timeline.lock:
        seen = summarise(exchange)
        spoken = [entry for person in exchange.people.values() if isinstance(person, Somebody) for entry in person.log.lines]
    if log:
        log.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in sorted(spoken, key=lambda e: e["at"])), "utf-8")
    print(seen.as_text(), flush=True)
    for complaint in exchange.complaints[:20]:
        print(f"  {complaint.code} {complaint.url}: {complaint.text}", file=sys.stderr)
    return _code(seen)


def _code(seen: Summary) -> int:
    return 1 if seen.twiml_errors or seen.failed else 0
