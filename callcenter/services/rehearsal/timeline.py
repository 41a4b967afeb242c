"""A played rehearsal as a timeline a supervisor reads, or as one JSON object a line."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from callcenter.domain import days
from callcenter.services.rehearsal.playing import Rehearsal
from callcenter.storage.codec import dumps


def timeline(path: Path, played: Rehearsal) -> Iterator[str]:
    """The title, every line with its time since the start and on the wall, and the verdict."""
    yield f"── {played.script.title}  ({path})"
    for line in played.lines:
        mark = "" if line.ok else "  ✗✗"
        yield f"{since(played.script.start, line.at):>12}  {days.local(line.at):%m-%d %H:%M:%S}  {line.text}{mark}"
    claims = [line for line in played.lines if line.kind in ("expect", "refused", "fault")]
    failed = [line for line in claims if not line.ok]
    verdict = "全部符合 / all hold" if not failed else f"{len(failed)} 项不符 / do not hold"
    yield f"── {verdict}  ({len(claims)})"


def as_json(path: Path, played: Rehearsal) -> Iterator[str]:
    """One object per event, message, refusal and expectation; the last one is the verdict."""
    for line in played.lines:
        yield _json({"file": str(path), "at": line.at.isoformat(), "since_start": since(played.script.start, line.at), "kind": line.kind,
                     "ok": line.ok, "text": line.text.strip(), **dict(line.data)})
    yield _json({"file": str(path), "kind": "verdict", "ok": played.passed, "title": played.script.title})


def _json(value: dict[str, object]) -> str:
    return json.dumps(json.loads(dumps(value)), ensure_ascii=False)


def since(start: datetime, at: datetime) -> str:
    """As the file writes times: 2d4h, 2m30s, 179.9s."""
    total = at - start
    if total < timedelta(0):
        return f"-{since(at, start)}"
    seconds, parts = total.total_seconds(), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        whole, seconds = divmod(seconds, size)
        parts += [f"{int(whole)}{unit}"] if whole else []
    rest = f"{seconds:.3f}".rstrip("0").rstrip(".")
    return "".join(parts) + (f"{rest}s" if rest != "0" or not parts else "")


