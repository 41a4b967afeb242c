"""`callcenter demo`: plays a written day against the running hotline, callers as signed Twilio webhooks, people at their pages."""

import re
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from secrets import token_hex
from urllib.parse import urlencode, urlsplit

from callcenter import clock
from callcenter.config import Settings
from callcenter.services.demo import written_day
from callcenter.services.demo.written_day import Doing
from callcenter.telephony.signatures import sign, trial_token
from callcenter.work import demo_account
from callcenter.work.demo_people import Answer, Browser, CannotPlay, Company

#: beyond the day itself, however slow the machine is
GRACE = timedelta(minutes=2)
_AGENTS = re.compile(r"/twilio/agent\?agent=([^\"&]+)")
#: where TwiML sends the line next: on to another address, or out of the line of callers
_NEXT = re.compile(r"<Redirect[^>]*>[^<]*/twilio/([a-z-]+)</Redirect>|<(Leave) ?/>")
#: more steps than any caller's way has
MOST_STEPS = 6
_FIELD = frozenset({"accept", "depart", "arrive", "complete", "return_slip"})


def run(settings: Settings, speed: float, calls: int, base_url: str) -> int:
    """
    Play *calls* contacts of the day, *speed* times as fast as life, and print what was seen; 0, or 2 when it cannot be played.

    What the hotline promises runs in real time: at sixty times the speed, three minutes of the day pass in three seconds.
    """
    try:
        _check(speed, calls, base_url)
        stage = Stage(settings, base_url.rstrip("/"))
        stage.enter()
    except (CannotPlay, OSError) as reason:
        print(f"callcenter demo: {reason}", file=sys.stderr)
        return 2
    started = clock.now()
    day = written_day.write(calls)
    print(f"{calls} 通来电,{speed:g} 倍速,约 {day[-1].at / speed} / {calls} calls at {speed:g} times the speed", flush=True)
    finished = play(stage, day, speed)
    print(demo_account.account(settings, started, clock.now(), stage.done, stage.missed), flush=True)
    return 0 if finished else 2


def _check(speed: float, calls: int, base_url: str) -> None:
    host = urlsplit(base_url).hostname or ""
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here or urlsplit(base_url).scheme != "http":
        raise CannotPlay(f"{base_url}: 只对本机演示 / only against this machine, http://127.0.0.1:8000")
    if not 0 < speed <= 100_000 or not 0 < calls <= 10_000:
        raise CannotPlay("speed 0–100000, calls 1–10000")


def play(stage: "Stage", day: list[Doing], speed: float) -> bool:
    """Everything in its order and not before its time; False when the time allowed ran out or the hotline went away."""
    started, last = clock.monotonic(), (day[-1].at / speed * 1.5 + GRACE).total_seconds()
    for doing in day:
        ahead = doing.at.total_seconds() / speed - (clock.monotonic() - started)
        if ahead > 0:
            clock.sleep(ahead)
        if clock.monotonic() - started > last:
            print("演示超时 / the time for the demonstration ran out", file=sys.stderr)
            return False
        try:
            stage.do(doing)
        except OSError as gone:
            print(f"热线不应答 / the hotline does not answer: {gone}", file=sys.stderr)
            return False
    return True


@dataclass(slots=True)
class Contact:
    """One caller so far."""

    sid: str
    caller: str
    agents: list[str]
    agent: str = ""
    number: str = ""
    handler: str = ""
    owner: str = ""


@dataclass(slots=True)
class Stage:
    """The running hotline, the telephone network in front of it and the people behind it."""

    settings: Settings
    address: str
    token: str = ""
    contacts: dict[int, Contact] = field(default_factory=dict)
    #: caller's number → their newest ticket
    tickets: dict[str, str] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    run_id: str = field(default_factory=lambda: token_hex(12))
    company: Company = field(init=False)
    line: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.company, self.line = Company(self.address), Browser(self.address)

    def enter(self) -> None:
        """Only a hotline that is a demonstration itself is played on: its people sign in with the demo password.

        Raises:
            CannotPlay: it is none, or nobody knows what its telephone signs with.
        """
        if self.company.browser("agent01") is None:
            raise CannotPlay("agent01/demo 登录不了:不是演示热线 / agent01 cannot sign in with the demo password: not a demo hotline")
        self.line.post("/twilio/status", {})  # unsigned, so refused; a trial's secret exists from now on
        token = trial_token(self.settings)
        if token is None:
            raise CannotPlay(f"没有签名密钥 / no TWILIO_AUTH_TOKEN, and no demo_auth_token in {self.settings.data_dir} (CALLCENTER_DATA?)")
        self.token = token

    def do(self, doing: Doing) -> None:
        """Lets it happen, and counts whether it could."""
        happened = self._ring(doing) if doing.what == "ring" else self._go_on(doing, self.contacts.get(doing.contact))
        seen = self.done if happened else self.missed
        seen[doing.what] = seen.get(doing.what, 0) + 1

    def _go_on(self, doing: Doing, contact: Contact | None) -> bool:
        if contact is None:
            return False
        match doing.what:
            case "answer":
                return self._answer(contact)
            case "hold" | "resume":
                return self._desk(contact, f"calls/{contact.sid}/{doing.what}", {})
            case "register":
                return self._register(contact, doing)
            case "note":
                return self._desk(contact, f"calls/{contact.sid}/note", dict(doing.fields))
            case "hang_up" | "give_up":
                return self._over(contact) and self._free_again(contact)
            case "return_call":
                return self._desk(contact, f"calls/{contact.sid}/returned", dict(doing.fields))
            case "raise_again":
                number = self.tickets.get(contact.caller)
                return bool(number and self.company.act(number, "add_contact", {"content": doing.fields["content"]}, (contact.agent,)))
        return self._on_ticket(contact, doing)

    def _ring(self, doing: Doing) -> bool:
        contact = Contact(f"CA{self.run_id}{doing.contact:08x}", doing.fields["from"], [])
        self.contacts[doing.contact] = contact
        return self._walk(contact, "voice", {"CallStatus": "ringing"})

    def _walk(self, contact: Contact, path: str, about: dict[str, str]) -> bool:
        """The line goes where the answers send it, until telephones ring or the caller waits."""
        for _ in range(MOST_STEPS):
            answer = self._webhook(path, contact.sid, contact.caller, about)
            contact.agents = list(dict.fromkeys(_AGENTS.findall(answer.text)))
            onward = _NEXT.search(answer.text)
            if not answer.is_done or contact.agents or onward is None:
                return answer.is_done
            path, about = onward[1] or "left", {"CallStatus": "in-progress", **({} if onward[1] else {"QueueResult": "leave"})}
        return False

    def _answer(self, contact: Contact) -> bool:
        """Whoever of those rung has the fewest contacts so far picks up; who waits asks once more whether it is their turn."""
        if not contact.agents:
            self._walk(contact, "wait", {"CallStatus": "in-progress"})
        if not contact.agents:
            return False
        taken = [c.agent for c in self.contacts.values()]
        contact.agent = min(contact.agents, key=taken.count)
        return self._leg(contact, "in-progress").is_done

    def _over(self, contact: Contact) -> bool:
        if contact.agent:
            self._leg(contact, "completed")
        dialled = {"CallStatus": "in-progress", "DialCallStatus": "completed" if contact.agent else "canceled"}
        self._webhook("dialled", contact.sid, contact.caller, dialled)
        return self._webhook("status", contact.sid, contact.caller, {"CallStatus": "completed", **_stamp()}).is_done

    def _free_again(self, contact: Contact) -> bool:
        """At this pace nobody waits for the end of their after-call work."""
        if contact.agent:
            self._desk(contact, "state", {"state": "available"})
        return True

    def _leg(self, contact: Contact, status: str) -> Answer:
        about = {"ParentCallSid": contact.sid, "CallStatus": status, "Direction": "outbound-dial", **_stamp()}
        return self._webhook("agent", f"{contact.sid[:-8]}f{contact.sid[-7:]}", contact.caller, about, {"agent": contact.agent})

    def _webhook(self, path: str, sid: str, caller: str, about: dict[str, str], query: dict[str, str] | None = None) -> Answer:
        """As Twilio sends it: a form, signed over the public address with the account's secret."""
        target = f"/twilio/{path}" + (f"?{urlencode(query)}" if query else "")
        form = {"AccountSid": "AC" + "0" * 32, "ApiVersion": "2010-04-01", "Direction": "inbound", "CallSid": sid, "From": caller,
                "To": self.settings.twilio_number or "4000000000", **about}
        signature = sign(self.token, (self.settings.public_base_url or self.address) + target, form)
        return self.line.send(target, form, {"X-Twilio-Signature": signature})

    def _desk(self, contact: Contact, path: str, form: dict[str, str]) -> bool:
        """At the desk of whoever answered, else of the first who was rung."""
        user = contact.agent or (contact.agents[0] if contact.agents else "lead01")
        answer = self.company.desk(user, path, form)
        return answer is not None and answer.is_done

    def _register(self, contact: Contact, doing: Doing) -> bool:
        number = self.company.register(contact.agent, contact.sid, doing.fields) if contact.agent else None
        if number is None:
            return False
        contact.number, contact.owner = number, contact.agent
        self.tickets[contact.caller] = number
        return True

    def _on_ticket(self, contact: Contact, doing: Doing) -> bool:
        if not contact.number:
            return False
        if doing.what == "dispatch":
            contact.handler = self.company.dispatch(contact.number) or ""
            return bool(contact.handler)
        if doing.what in _FIELD and not contact.handler:
            return False
        if doing.what in _FIELD:
            did = self.company.field_act(contact.number, doing.what, doing.fields, contact.handler)
            return bool(did or (doing.what == "return_slip" and self.company.verify(contact.number)))
        if doing.what == "record_callback":
            return bool(self.company.call_back(contact.number, doing.fields, contact.owner))
        by = (contact.owner, "lead01", "lead02", "supervisor01")
        return bool(self.company.act(contact.number, doing.what, doing.fields, by))


def _stamp() -> dict[str, str]:
    return {"Timestamp": format_datetime(clock.now()), "CallbackSource": "call-progress-events", "SequenceNumber": "0"}
