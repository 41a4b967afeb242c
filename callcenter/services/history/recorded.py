"""A recorded day as the replay knows it: calls, tickets and who did what when; names, telephone numbers and words are not in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from callcenter.domain.roster import Away, Turn
from callcenter.domain.vocabulary import Action, Role


@dataclass(frozen=True, slots=True)
class Returned:
    """A return call: when, by whom, and what came of it."""

    at: datetime
    by: str
    result: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What was written down about a call of which no ticket came."""

    at: datetime
    by: str
    disposition: str


@dataclass(frozen=True, slots=True)
class Ring:
    """One inbound call."""

    handle: str
    phone: str | None  #: made up, the same for the same caller
    at: datetime
    answered_at: datetime | None
    by: str | None
    ended_at: datetime | None
    wrap_up: timedelta = timedelta(0)
    holds: tuple[tuple[timedelta, timedelta], ...] = ()  #: from and until, since it was answered
    noted: Noted | None = None
    returned: Returned | None = None

    @property
    def talked(self) -> timedelta:
        """How long the conversation lasted."""
        return (self.ended_at - self.answered_at) if self.answered_at and self.ended_at else timedelta(0)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person did about a ticket; `order` is its place in the ledger."""

    order: int
    at: datetime
    action: Action
    by: str
    fields: Mapping[str, Any]
    #: takes up what was reported online and belonged to nobody at the desk yet
    claims: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket: how it was registered and everything people did about it."""

    handle: str
    number: str
    call: str | None
    opening: Deed
    deeds: tuple[Deed, ...]

    @property
    def taken_up_by(self) -> str | None:
        """Who took up what a resident reported online."""
        return next((deed.by for deed in self.deeds if deed.claims), None)


@dataclass(frozen=True, slots=True)
class Day:
    """Everything the replay starts from."""

    day: date
    since: datetime
    until: datetime
    #: the moment as of which the figures are read: the end of the day, or of the last thing done about its tickets
    end: datetime
    rings: tuple[Ring, ...]
    tickets: tuple[Opened, ...]
    turns: tuple[Turn, ...]
    #: breaks and the like, as agents chose them
    away: tuple[Away, ...]
    #: the rules the day's tickets were opened under, word for word
    rules: Mapping[str, str]
    rooms: tuple[int, ...] = ()


class Roster:
    """Who is on duty when, by the turns of one roster."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._of: dict[str, list[Turn]] = {}
        for turn in sorted(turns, key=lambda t: (t.start, t.id)):
            self._of.setdefault(turn.user, []).append(turn)
        self._starts = sorted({t.start for t in turns})

    @property
    def users(self) -> list[str]:
        return sorted(self._of)

    def turns_of(self, user: str) -> Sequence[Turn]:
        return self._of.get(user, ())

    def roles(self, user: str, at: datetime) -> frozenset[Role]:
        """What the person answers for at *at*; nothing when off duty."""
        return frozenset(r for t in self._of.get(user, ()) if t.start <= at < t.end for r in t.roles)

    def on(self, user: str, at: datetime) -> bool:
        return any(t.start <= at < t.end for t in self._of.get(user, ()))

    def next_change(self, at: datetime) -> datetime | None:
        """When the next turn begins."""
        return next((start for start in self._starts if start > at), None)


@dataclass(slots=True)
class Model:
    """What the replay had to leave out, to be said beside its figures."""

    refused: dict[str, int] = field(default_factory=dict)  #: a refusal's code → how often the rules refused what the record says
    undone: int = 0  #: nobody there to do it before the figures were read
    lost: int = 0  #: tickets nobody registered, because the caller was never spoken to
    faults: list[str] = field(default_factory=list)

    def refuse(self, code: str) -> None:
        self.refused[code] = self.refused.get(code, 0) + 1
