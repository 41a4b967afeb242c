"""<Enqueue>, its waiting document, <Leave>, and <Dial><Queue>: who waits, how long, and how they leave."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callcenter.simulator import program
from callcenter.simulator.calls import Call
from callcenter.simulator.program import Program
from callcenter.simulator.twiml import Fault, Verb

if TYPE_CHECKING:
    from callcenter.simulator.exchange import Exchange

MOST = 1000
#: a waiting document that takes no time at all is asked for again after this many seconds, and is a fault
LEAST_WAIT = 1.0


@dataclass(slots=True, eq=False)
class Queue:
    """A queue and how long people waited in it."""

    name: str
    sid: str
    entries: list["Entry"] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Entry:
    """A caller in a queue."""

    call: Call
    queue: Queue
    walking: Program
    verb: Verb
    since: float
    asked_at: float = 0.0


def enqueue(walking: Program, verb: Verb) -> None:
    """Wait in the queue of that name, hearing the waiting document over and over."""
    exchange, call = walking.exchange, walking.call
    queue = exchange.queue(verb.text or "default")
    if len(queue.entries) >= min(verb.number("maxQueueSize", MOST), MOST):
        _go_on(exchange, Entry(call, queue, walking, verb, exchange.timeline.now), "queue-full")
        return
    entry = call.entry = Entry(call, queue, walking, verb, exchange.timeline.now)
    queue.entries.append(entry)
    exchange.note_ringing(call)
    _wait(exchange, entry)


def _wait(exchange: "Exchange", entry: Entry) -> None:
    """The waiting document once more."""
    call, verb = entry.call, entry.verb
    if call.entry is not entry or call.is_over:
        return
    entry.asked_at = exchange.timeline.now
    if verb.get("waitUrl"):
        about = {"QueueSid": entry.queue.sid, "QueuePosition": str(entry.queue.entries.index(entry) + 1), "QueueTime": _seconds(exchange, entry),
                 "AvgQueueTime": str(round(sum(entry.queue.waited) / len(entry.queue.waited)) if entry.queue.waited else 0),
                 "CurrentQueueSize": str(len(entry.queue.entries)), "MaxQueueSize": str(verb.number("maxQueueSize", MOST))}
        program.fetch(exchange, call, entry.walking.absolute(verb.get("waitUrl")), about, "wait", lambda: _again(exchange, entry),
                      verb.get("waitUrlMethod", "POST"))
    else:
        exchange.hear(call, "music" if "waitUrl" not in verb.attributes else "silence", "")


def _again(exchange: "Exchange", entry: Entry) -> None:
    took = exchange.timeline.now - entry.asked_at
    if took < LEAST_WAIT:
        exchange.complain(entry.verb.get("waitUrl"), Fault(12200, "a waiting document that takes no time"), entry.call)
    exchange.timeline.after(0.0 if took >= LEAST_WAIT else LEAST_WAIT, _wait, exchange, entry)


def leave(exchange: "Exchange", entry: Entry, result: str) -> None:
    """Out of the queue, and on with the action, else with the verb after <Enqueue>."""
    _out(exchange, entry)
    _go_on(exchange, entry, result)


def _go_on(exchange: "Exchange", entry: Entry, result: str) -> None:
    action = entry.verb.get("action")
    if action:
        program.fetch(exchange, entry.call, entry.walking.absolute(action), _about(exchange, entry, result), "call", entry.walking.at_end,
                      entry.verb.get("method", "POST"))
    else:
        entry.walking.resume()


def gone(exchange: "Exchange", entry: Entry, result: str) -> None:
    """The caller hung up or was sent elsewhere: the action is told, its answer is not carried out."""
    _out(exchange, entry)
    if entry.verb.get("action"):
        exchange.post_only(entry.call, entry.walking.absolute(entry.verb.get("action")), _about(exchange, entry, result))


def take_next(walking: Program, verb: Verb, noun: Verb) -> None:
    """<Dial><Queue>: the first who waits is bridged; with nobody waiting, the document goes on."""
    exchange, call = walking.exchange, walking.call
    queue = exchange.queue(noun.text)
    if not queue.entries:
        walking.after(float(verb.number("timeout", 30)), walking.step)
        return
    entry = queue.entries[0]
    _out(exchange, entry)
    entry.call.turn += 1

    def bridge() -> None:
        exchange.bridge_queued(entry, walking, verb)

    if noun.get("url"):
        about = {"QueueSid": queue.sid, "QueueTime": _seconds(exchange, entry), "DequeingCallSid": call.sid}
        program.fetch(exchange, entry.call, walking.absolute(noun.get("url")), about, "music", bridge)
    else:
        bridge()


def after_bridge(exchange: "Exchange", entry: Entry) -> None:
    """The conversation of somebody taken out of the queue is over."""
    if entry.call.is_over:
        if entry.verb.get("action"):
            exchange.post_only(entry.call, entry.walking.absolute(entry.verb.get("action")), _about(exchange, entry, "bridged"))
    else:
        _go_on(exchange, entry, "bridged")


def _out(exchange: "Exchange", entry: Entry) -> None:
    entry.call.entry = None
    if entry in entry.queue.entries:
        entry.queue.entries.remove(entry)
        entry.queue.waited.append(exchange.timeline.now - entry.since)


def _seconds(exchange: "Exchange", entry: Entry) -> str:
    return str(round(exchange.timeline.now - entry.since))


def _about(exchange: "Exchange", entry: Entry, result: str) -> dict[str, str]:
    """QueueTime is absent for those who never were in it."""
    about = {"QueueResult": result, "QueueSid": entry.queue.sid}
    return about if result == "queue-full" else about | {"QueueTime": _seconds(exchange, entry)}
