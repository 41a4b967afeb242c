"""What an exchange saw of a day, counted from its own lines only."""

from dataclasses import asdict, dataclass, field
from typing import Any

from callcenter.simulator.calls import Call
from callcenter.simulator.exchange import Exchange

#: three rings: one second of tone and four of silence, three times
THREE_RINGS = 15.0


@dataclass(slots=True)
class Summary:
    """Figures of the calls that came in and of the telephones that were rung."""

    offered: int = 0
    answered: int = 0
    within_three_rings: int = 0
    abandoned: int = 0
    returned: int = 0
    waiting: int = 0
    longest_wait: float = 0.0
    mailbox: int = 0
    twiml_errors: int = 0
    posted: int = 0
    failed: int = 0
    lost: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    #: address of an agent's telephone → seconds ringing and talking
    telephones: dict[str, dict[str, float]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """For a person."""
        names = (("offered", "来电 / offered"), ("answered", "接听 / answered"), ("within_three_rings", "三声内接听 / within three rings"),
                 ("abandoned", "未接 / not answered"), ("returned", "已回拨接通 / reached by a return call"), ("waiting", "仍在等待 / still waiting"),
                 ("longest_wait", "最长等待(秒) / longest wait (s)"), ("mailbox", "留言 / messages left"),
                 ("twiml_errors", "TwiML 错误 / TwiML errors"),
                 ("posted", "回调 / webhooks posted"), ("failed", "回调失败 / webhooks failed"), ("lost", "故意丢失 / lost on purpose"),
                 ("p50_ms", "答复中位数(毫秒) / answers p50 (ms)"), ("p99_ms", "答复 p99(毫秒) / answers p99 (ms)"))
        lines = [f"  {text:<52}{getattr(self, name):>8g}" for name, text in names]
        lines += [f"  {address:<36}" + " · ".join(f"{state} {seconds:.0f} s" for state, seconds in spent.items())
                  for address, spent in sorted(self.telephones.items())]
        return "\n".join(lines)


def summarise(exchange: Exchange) -> Summary:
    """The figures up to now."""
    inbound = [c for c in exchange.calls.values() if c.direction == "inbound"]
    counted = Summary(offered=len(inbound), twiml_errors=len(exchange.complaints))
    answered = [c for c in inbound if c.talked_first_at is not None]
    unanswered = [c for c in inbound if c.talked_first_at is None]
    counted.answered, counted.waiting = len(answered), sum(not c.is_over for c in unanswered)
    counted.abandoned = len(unanswered) - counted.waiting
    counted.within_three_rings = sum(_waited(exchange, c) <= THREE_RINGS for c in answered)
    counted.longest_wait = round(max((_waited(exchange, c) for c in inbound), default=0.0), 1)
    counted.returned = len({c.source for c in unanswered if c.is_over and _reached_later(exchange, c)})
    counted.mailbox = sum(r.source == "RecordVerb" and r.status != "absent" for r in exchange.recordings.all.values())
    ledger = exchange.posts.ledger
    counted.posted, counted.failed, counted.lost = ledger.posted, ledger.failed, ledger.lost
    counted.p50_ms, counted.p99_ms = round(ledger.slowest(0.5) * 1000, 1), round(ledger.slowest(0.99) * 1000, 1)
    for call in exchange.calls.values():
        if call.target.startswith(("client:", "sip:")):
            _spent(exchange, call, counted.telephones.setdefault(call.target, {"ringing": 0.0, "talking": 0.0}))
    return counted


def _waited(exchange: Exchange, call: Call) -> float:
    """From where the caller began to wait for a person until one was there, or the end."""
    since = exchange.ringing_since.get(call.sid)
    until = call.talked_first_at if call.talked_first_at is not None else call.over_at
    return 0.0 if since is None else max(0.0, (exchange.timeline.now if until is None else until) - since)


def _reached_later(exchange: Exchange, missed: Call) -> bool:
    """Whether the hotline rang that number afterwards and it was picked up, or they called again and were answered."""
    return any(c.made_at > missed.made_at and ((c.target == missed.source and c.answered_at is not None)
                                               or (c.source == missed.source and c.direction == "inbound" and c.talked_first_at is not None))
               for c in exchange.calls.values())


def _spent(exchange: Exchange, call: Call, spent: dict[str, float]) -> None:
    until = exchange.timeline.now if call.over_at is None else call.over_at
    if call.ringing_at is not None:
        spent["ringing"] += (until if call.answered_at is None else call.answered_at) - call.ringing_at
    if call.answered_at is not None:
        spent["talking"] += until - call.answered_at
