"""Everything counted anew by several processes at once: each reads and counts a piece, one writes them in their order."""

import warnings
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult, Pool

from callcenter.domain.figures.cases import Ms
from callcenter.services.figures.daily import planning, state, summing
from callcenter.services.figures.daily.counting import KINDS, recounted
from callcenter.services.figures.daily.state import Mark
from callcenter.services.hotline import Hotline

#: (kind, the last instant of the piece, how many, what they come to)
Piece = tuple[str, Ms, int, "AsyncResult[summing.Rows]"]
_inherited: list[Hotline] = []


def count(hotline: Hotline, now: datetime, size: int, processes: int, progress: Callable[[int], None]) -> int:
    """
    Count what has never been counted, as far as nobody else writes into the summary meanwhile; what is left over is left to the caller.
    Returns how many tickets and calls were counted.
    """
    mark = _begun(hotline, now)
    if mark is None:
        return 0
    counted = 0
    with _pool(hotline, processes) as pool:
        for kind, until, many, rows in _ahead(pool, hotline, mark, size, now, processes):
            if not planning.put(hotline, mark, {f"{kind}_done": until}, rows.get()):
                break
            mark = mark._replace(generation=mark.generation + 1)
            counted += many
            progress(counted)
    return counted


def _pool(hotline: Hotline, processes: int) -> Pool:
    """Processes that know the hotline; without other threads to this one, which the caller vouches for, forking is safe."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return get_context("fork").Pool(processes, _forked, (hotline,))


def _begun(hotline: Hotline, now: datetime) -> Mark | None:
    """The mark, once it says toward which people and rules everything is counted; none when that has been done."""
    with hotline.store.reading() as session:
        mark, toward = state.read(session), state.basis(hotline, session)
        if mark is None or mark.basis == toward:
            return None
        anew = planning.anew(session, mark, toward, now)
    if anew and not planning.put(hotline, mark, anew, summing.rows_of(())):
        return None
    return mark._replace(**anew, generation=mark.generation + bool(anew))


def _ahead(pool: Pool, hotline: Hotline, mark: Mark, size: int, now: datetime, processes: int) -> Iterator[Piece]:
    """The pieces in their order, some of them being counted ahead of the one that is written."""
    under_way: deque[Piece] = deque()
    while True:
        with hotline.store.reading() as session:
            kind, ids, until = planning.next_piece(session, mark, size)
        if ids:
            under_way.append((kind.name, until, len(ids), pool.apply_async(_counted, (kind.name, ids, now))))
            mark = mark.as_far_as(kind.name, until)
        if not under_way:
            return
        if not ids or len(under_way) > processes:
            yield under_way.popleft()


def _forked(hotline: Hotline) -> None:
    """A connection of its own for every process."""
    hotline.store.engine.dispose(close=False)
    _inherited[:] = [hotline]


def _counted(kind: str, ids: list[int], now: datetime) -> summing.Rows:
    """One piece."""
    hotline, = _inherited
    counting = next(one for one in KINDS if one.name == kind)
    with hotline.store.reading() as session:
        return summing.rows_of(change for change in recounted(hotline, session, counting, ids, now) if change.moved)
