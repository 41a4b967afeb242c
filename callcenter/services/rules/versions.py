"""Earlier versions of the rules, and what differs between any two: line by line, side by side, word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import OPEN
from callcenter.storage.tables import PolicyRow, TicketRow

#: lines around a change that stay in sight
AROUND = 2
#: a piece of a line: whether it is only on this side, and its text
Piece = tuple[bool, str]
_WORDS = re.compile(r"[A-Za-z0-9_.]+|\s+|.")


@dataclass(frozen=True, slots=True)
class Version:
    """A state of the rules: when it came into force, who put it there, and how many open tickets run under it."""

    id: int
    versions: Mapping[str, int]
    since: datetime
    by: str
    open: int
    #: files whose version differs from the state before
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of both texts beside each other; no number: there is none on that side. Kind: same, changed, added, removed, gap."""

    kind: str
    left: int | None
    right: int | None
    before: Sequence[Piece]
    after: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one file."""

    name: str
    rows: list[Row]
    added: int
    removed: int


def versions(session: Session) -> list[Version]:
    """Every state of the rules there ever was, the newest first."""
    counted = {row[0]: row[1] for row in session.execute(
        sa.select(TicketRow.policy_id, sa.func.count()).where(TicketRow.state.in_(OPEN)).group_by(TicketRow.policy_id))}
    found: list[Version] = []
    for row in session.execute(sa.select(PolicyRow.id, PolicyRow.versions, PolicyRow.stored_at, PolicyRow.stored_by).order_by(PolicyRow.id)):
        before = found[-1].versions if found else row.versions
        changed = tuple(name for name in sorted(row.versions) if row.versions[name] != before.get(name))
        found.append(Version(row.id, row.versions, row.stored_at, row.stored_by, counted.get(row.id, 0), changed))
    return found[::-1]


def texts(session: Session, policy_id: int) -> Mapping[str, str] | None:
    """The files of a state of the rules, word for word."""
    row = session.get(PolicyRow, policy_id)
    return row.texts if row is not None else None


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """What differs, file by file; files without a difference are left out."""
    return [_difference(name, before.get(name, ""), after.get(name, "")) for name in sorted({*before, *after})
            if before.get(name, "") != after.get(name, "")]


def _difference(name: str, before: str, after: str) -> Difference:
    left, right = before.splitlines(), after.splitlines()
    rows = list(_rows(left, right))
    return Difference(name, rows, sum(row.kind in ("added", "changed") for row in rows), sum(row.kind in ("removed", "changed") for row in rows))


def _rows(left: Sequence[str], right: Sequence[str]) -> Iterator[Row]:
    for n, group in enumerate(SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(AROUND)):
        if n:
            yield Row("gap", None, None, (), ())
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                yield from (Row("same", i + k + 1, j + k + 1, ((False, left[i + k]),), ((False, right[j + k]),)) for k in range(i_end - i))
            else:
                yield from _replaced(left, right, range(i, i_end), range(j, j_end))


def _replaced(left: Sequence[str], right: Sequence[str], gone: range, come: range) -> Iterator[Row]:
    for k in range(max(len(gone), len(come))):
        if k >= len(gone):
            yield Row("added", None, come[k] + 1, (), ((True, right[come[k]]),))
        elif k >= len(come):
            yield Row("removed", gone[k] + 1, None, ((True, left[gone[k]]),), ())
        else:
            yield Row("changed", gone[k] + 1, come[k] + 1, *_words(left[gone[k]], right[come[k]]))


def _words(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """The pieces of two lines, those that differ marked."""
    left, right = _WORDS.findall(before), _WORDS.findall(after)
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for tag, i, i_end, j, j_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for side, words in zip(sides, (left[i:i_end], right[j:j_end]), strict=True):
            if words:
                side.append((tag != "equal", "".join(words)))
    return sides
