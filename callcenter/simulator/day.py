"""A scripted day: so many callers within so many minutes, so many agents at their telephones, all from one seed."""

import random
from dataclasses import dataclass

from callcenter.simulator.exchange import Exchange
from callcenter.simulator.people import Agent, Caller, Presser, Somebody

#: invented numbers; they belong to nobody
NUMBERS = "+861900000{:04d}"


@dataclass(frozen=True, slots=True)
class Plan:
    """How the day is."""

    callers: int
    minutes: float
    agents: tuple[str, ...]
    seed: int = 1
    absent: float = 0.05
    talks_for: tuple[float, float] = (45.0, 240.0)
    patience: tuple[float, float] = (20.0, 420.0)


def people(exchange: Exchange, plan: Plan) -> tuple[list[Caller], list[Agent]]:
    """Puts everybody at their telephones; each caller's call is arranged for."""
    rng = random.Random(plan.seed)  # noqa: S311 - a day to be repeated, not a secret
    agents = [Agent(exchange, f"client:{name}", name, absent=plan.absent, rng=random.Random(rng.random())) for name in plan.agents]  # noqa: S311
    callers = [Caller(exchange, NUMBERS.format(5000 + n), f"caller-{n}", patience=rng.uniform(*plan.patience), talks_for=rng.uniform(*plan.talks_for),
                      keys=_keys(rng), message="水管漏水,请尽快来人。") for n in range(plan.callers)]
    for person in (*agents, *callers):
        exchange.people[person.address] = person
    for caller in callers:
        exchange.timeline.after(rng.uniform(0, plan.minutes * 60), caller.ring)
    return callers, agents


def _keys(rng: random.Random) -> tuple[tuple[float, str], ...]:
    """One in ten asks to be called back, one in twenty leaves a message; the others wait."""
    luck = rng.random()
    if luck < 0.10:
        return ((rng.uniform(45, 90), "1"),)
    return ((rng.uniform(125, 160), "2"),) if luck < 0.15 else ()


@dataclass(slots=True)
class Town:
    """
    Who is at a telephone that nobody was put at: the first so many browser telephones that ring have an agent, other telephones
    are picked up and 1 is pressed.
    """

    agents: int
    seed: int = 1
    seated: int = 0
    exchange: Exchange | None = None

    def somebody(self, address: str) -> Somebody:
        """The person at that telephone, from now on."""
        if self.exchange is None:
            raise RuntimeError("a town without an exchange")
        if not address.startswith("client:"):
            return Presser(self.exchange, address, answers=["1"] * 3)
        if self.seated >= self.agents:
            return Somebody(self.exchange, address)
        self.seated += 1
        return Agent(self.exchange, address, absent=0.05, rng=random.Random(self.seed * 1000 + self.seated))  # noqa: S311
