"""A whole line on this machine: exchange, webhooks, REST API and the telephones, in real time."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from callcenter.simulator.calls import Person
from callcenter.simulator.exchange import Addresses, Exchange
from callcenter.simulator.people import Somebody
from callcenter.simulator.posts import Chaos, Posts, over_http
from callcenter.simulator.rest import Rest
from callcenter.simulator.server import LineServer
from callcenter.simulator.telephones import Telephones
from callcenter.simulator.timeline import RealTimeline

#: webhooks that go out at the same time
HANDS = 12


@dataclass(frozen=True, slots=True)
class Account:
    """Whose line it is, and where the hotline's webhooks are."""

    sid: str
    token: str
    number: str
    base: str


@dataclass(slots=True)
class Line:
    """Started by `open_line`; `close` ends it."""

    exchange: Exchange
    timeline: RealTimeline
    server: LineServer

    def close(self) -> None:
        """Nothing happens any more, nobody is served."""
        self.timeline.close()
        self.exchange.posts.close()
        self.server.shutdown()
        self.server.server_close()


def open_line(account: Account, port: int = 0, *, speed: float = 1.0, seed: int = 1, chaos: Chaos | None = None,
              stranger: Callable[[str], Person] | None = None) -> Line:
    """
    The line, serving on 127.0.0.1.

    Args:
        stranger: who is at a telephone nobody was put at; without one, each rings until somebody picks up on the page of telephones.

    Raises:
        OSError: the port is taken.
    """
    timeline, ids = RealTimeline(speed), random.SystemRandom()  # a hotline that has run before knows yesterday's ids
    posts = Posts(timeline, over_http, account.token, random.Random(seed), chaos, HANDS, ids=ids)  # noqa: S311 - a day to be repeated, not a secret
    exchange = Exchange(account.sid, account.number, Addresses.under(account.base), posts, ids,
                        stranger=stranger or (lambda address: Somebody(exchange, address)))
    server = LineServer(port, account.sid, account.token, Rest(exchange), Telephones(exchange))
    exchange.api = server.address
    server.start()
    return Line(exchange, timeline, server)
