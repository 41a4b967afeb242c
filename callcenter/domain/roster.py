"""Whether the roster leaves an hour without the people who must always be there (DOMAIN.md 17.5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Role, Trade, Word

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Need(Word):
    """Who must be on duty at every hour of day and night."""

    AGENT = "agent", "坐席", "An agent"
    LEAD = "lead", "值班长", "A shift lead"
    WATER = "water", "水工", "A plumber"
    ELECTRIC = "electric", "电工(证件有效)", "An electrician with a valid certificate"


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's turn, and the roles it answers for."""

    id: int
    user: str
    roles: frozenset[Role]
    start: datetime
    end: datetime
    shift: str = ""
    compounds: frozenset[str] = frozenset()

    def overlaps(self, start: datetime, end: datetime) -> bool:
        return self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class Away:
    """Days somebody is on leave."""

    user: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time without somebody who must be there."""

    need: Need
    since: datetime
    until: datetime


def gaps(turns: Sequence[Turn], people: Mapping[str, Person], away: Sequence[Away], certificate: str | None,
         since: datetime, until: datetime) -> list[Gap]:
    """Every stretch between *since* and *until* that lacks somebody, in order of time; a stretch is as long as it lasts.

    Args:
        certificate: what an electrician must hold, valid throughout the turn's stretch; None when the rules ask for none.
    """
    found = [gap for need in Need for gap in _of(need, turns, people, away, certificate, since, until)]
    return sorted(found, key=lambda gap: (gap.since, list(Need).index(gap.need)))


def _of(need: Need, turns: Sequence[Turn], people: Mapping[str, Person], away: Sequence[Away], certificate: str | None,
        since: datetime, until: datetime) -> Iterator[Gap]:
    at = since
    for start, end in sorted((start, end) for _, start, end in present(need, turns, people, away, certificate)):
        if start > at and at < until:
            yield Gap(need, at, min(start, until))
        at = max(at, end)
    if at < until:
        yield Gap(need, at, until)


def present(post: Need | Trade, turns: Iterable[Turn], people: Mapping[str, Person], away: Sequence[Away],
            certificate: str | None) -> Iterator[tuple[str, datetime, datetime]]:
    """Who is really there for a post, from when until when; an electrician only while the certificate is valid."""
    for turn in turns:
        person = people.get(turn.user)
        if person is not None and person.active and _meets(post, turn, person):
            for start, end in _there(turn, [a for a in away if a.user == turn.user], _valid_until(post, person, certificate)):
                yield turn.user, start, end


_TRADES = {Need.WATER: Trade.PLUMBER, Need.ELECTRIC: Trade.ELECTRICIAN}
_ROLES = {Need.AGENT: Role.AGENT, Need.LEAD: Role.LEAD}


def _meets(post: Need | Trade, turn: Turn, person: Person) -> bool:
    if post in _ROLES:
        return _ROLES[Need(post)] in turn.roles
    trade = _TRADES[post] if isinstance(post, Need) else post
    return Role.TECHNICIAN in turn.roles and trade in person.trades


def _valid_until(post: Need | Trade, person: Person, certificate: str | None) -> datetime | None:
    """Until when the person counts; None: for good."""
    if post is not Need.ELECTRIC or certificate is None:
        return None
    return person.certificates.get(certificate, _NEVER)


def served(turn: Turn, away: Iterable[Away]) -> list[tuple[datetime, datetime]]:
    """The stretches of a turn that are really served, its person's leave taken out."""
    return list(_there(turn, [a for a in away if a.user == turn.user], None))


def _there(turn: Turn, away: Iterable[Away], valid_until: datetime | None) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a turn that are really served."""
    at, end = turn.start, turn.end if valid_until is None else min(turn.end, valid_until)
    for leave in sorted(away, key=lambda a: a.since):
        if leave.since >= end or leave.until <= at:
            continue
        if leave.since > at:
            yield at, leave.since
        at = max(at, leave.until)
    if at < end:
        yield at, end
