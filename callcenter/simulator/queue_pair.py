"""A conversation between somebody taken out of a queue and whoever took them."""

from typing import TYPE_CHECKING

from callcenter.simulator import queues
from callcenter.simulator.program import Program
from callcenter.simulator.queues import Entry
from callcenter.simulator.twiml import Verb

if TYPE_CHECKING:
    from callcenter.simulator.exchange import Exchange


class Pair:
    """A conversation made by <Dial><Queue>."""

    def __init__(self, exchange: "Exchange", entry: Entry, walking: Program, verb: Verb) -> None:
        self._exchange, self._entry, self._walking, self._verb = exchange, entry, walking, verb
        exchange.take_up(entry.call)
        exchange.talk(entry.call, walking.call)
        self._look()

    def _look(self) -> None:
        """Ends when either side is gone; looked at twice a second."""
        one, other = self._entry.call, self._walking.call
        if not one.is_over and not other.is_over and one.talking and other.talking:
            self._exchange.timeline.after(0.5, self._look)
            return
        self._exchange.silent(one)
        self._exchange.silent(other)
        queues.after_bridge(self._exchange, self._entry)
        if not other.is_over:
            action = self._verb.get("action")
            if action:
                self._walking.go(action, {"DialCallStatus": "completed", "DialCallSid": one.sid})
            else:
                self._walking.resume()
