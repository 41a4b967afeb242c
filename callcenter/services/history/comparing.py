"""A recorded day beside its replays: as it was, replayed unchanged (what the model itself gets wrong), and replayed changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from callcenter.services.history import company, figures, reading
from callcenter.services.history.crew import Crew
from callcenter.services.history.figures import Counted, Row
from callcenter.services.history.recorded import Day, Model, Roster
from callcenter.services.history.replay import Replay
from callcenter.services.hotline import Hotline
from callcenter.services.rehearsal.reading import Unusable
from callcenter.services.rulebook import Rulebook, read_folder
from callcenter.storage import facts
from callcenter.storage.store import Store


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be tried: other rules, another roster, both, or nothing."""

    workflows: Path | None = None
    roster: Path | None = None

    def __bool__(self) -> bool:
        return self.workflows is not None or self.roster is not None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures side by side (recorded, unchanged, changed if something was), and what each replay had to leave out."""

    day: Day
    rows: list[Row]
    unchanged: Model
    changed: Model | None

    @property
    def sound(self) -> bool:
        """Whether every timer of the replays fired without a fault."""
        return not self.unchanged.faults and not (self.changed and self.changed.faults)


def compare(store: Store, day: date, change: Change, now: datetime, lang: str = "zh") -> Comparison:
    """
    Replay the local *day* of this database, which is only read.

    Raises:
        Unusable: nothing was recorded on that day, or the roster file has faults.
        PolicyError: the changed rules cannot be carried out.
    """
    rules = read_folder(change.workflows) if change.workflows else None
    with store.reading() as session:
        recorded = reading.read(session, day, now)
        as_it_was = figures.count(Hotline(store, _book(recorded.rules)), session, recorded, live=True)
        columns, unchanged = [as_it_was], _replayed(session, recorded, recorded.rules, None, lang)
        columns.append(unchanged[0])
        changed = _replayed(session, recorded, rules or recorded.rules, change.roster, lang) if change else None
    if changed is not None:
        columns.append(changed[0])
    return Comparison(recorded, figures.side_by_side(columns), unchanged[1], changed[1] if changed else None)


def _book(rules: Mapping[str, str]) -> Rulebook:
    if not rules:
        raise Unusable("数据库里没有规则 (the database holds no rules)")
    return Rulebook(rules)


def _replayed(source: Session, day: Day, rules: Mapping[str, str], roster: Path | None, lang: str) -> tuple[Counted, Model]:
    """One replay in memory: its figures, and what it had to leave out."""
    hotline, turns = company.found(source, day, rules, roster, lang)
    try:
        with hotline.store.reading() as session:
            people = facts.people(session)
        replay = Replay(hotline, day, Crew(day, people, Roster(day.turns), Roster(turns)))
        replay.play()
        with hotline.store.reading() as session:
            return figures.count(hotline, session, day, live=False), replay.model
    finally:
        hotline.store.engine.dispose()
