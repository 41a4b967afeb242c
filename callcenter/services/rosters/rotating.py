"""A rotation laid out over days: four groups of people, one step apart; what does not fit is left out and counted."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from callcenter.domain.registers import Change, Register
from callcenter.domain.rotation import GROUPS, Rota, part
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.services.registers import entries
from callcenter.services.rosters.weeks import enter, key, midnight

#: days laid out at once
LONGEST = 62
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def lay_out(hotline: Hotline, by: Person, rota: Rota, role: Role, groups: Mapping[str, int], first: date, days: int,
            now: datetime) -> tuple[int, int]:
    """
    Give everybody the turns of their group from *first* on; turns that do not fit (leave, another turn, past) are left out.

    Args:
        groups: user → group, 0 to 3; of each group at least one.

    Returns:
        How many turns came, how many did not.

    Raises:
        Refused: "not_allowed", "role_not_theirs", "unknown_person", "groups_missing", "bad_value" for the number of days.
    """
    entries.demand(Register.ROSTER, by)
    if set(groups.values()) != set(range(GROUPS)):
        raise Refused("groups_missing")
    if not 1 <= days <= LONGEST:
        raise Refused("bad_value", field="days", value=str(days), valid=f"1–{LONGEST}")
    laid: dict[str, list[int]] = {}
    with hotline.store.transaction() as session:
        for day, values in _planned(rota, role, groups, first, days):
            fits = _laid(session, by, values, now)
            laid.setdefault(key(midnight(day)), [0, 0])[0 if fits else 1] += 1
        for week, (came, stayed) in laid.items():
            if came:
                entries.keep(session, Register.ROSTER, week, Change.LOADED, by.user, now, {},
                               {"rota": rota.value, "copied": came, "left_out": stayed})
    return sum(came for came, _ in laid.values()), sum(stayed for _, stayed in laid.values())


def _planned(rota: Rota, role: Role, groups: Mapping[str, int], first: date, days: int) -> Iterator[tuple[date, dict[str, Any]]]:
    for n in range(days):
        for user, group in sorted(groups.items()):
            if found := part(rota, group, n):
                start, end, name = found
                at = midnight(first + n * DAY)
                yield first + n * DAY, {"user": user, "role": role, "date": at, "start": start * HOUR, "end": (end if end <= 24 else end - 24) * HOUR,
                                        "shift": name, "compounds": frozenset()}


def _laid(session: Session, by: Person, values: Mapping[str, Any], now: datetime) -> bool:
    """Whether the turn found its place; what is wrong with the person or the role is said, not left out."""
    try:
        enter(session, by, values, now, told=False)
    except Refused as no:
        if no.code in {"shift_over", "shift_overlaps", "on_leave"}:
            return False
        raise
    return True
