"""`callcenter rehearse --from-history`: a recorded day replayed, its figures printed side by side; the database is only read."""

import argparse
import re
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from callcenter import clock
from callcenter.config import Settings
from callcenter.services.history import comparing, file, reading, text
from callcenter.services.history.comparing import Change
from callcenter.services.rehearsal.reading import Unusable
from callcenter.storage import schema
from callcenter.storage.store import Store, make_engine


def replay(settings: Settings, asked: argparse.Namespace) -> int:
    """
    Print the comparison, or write the day down; 0 done, 1 a timer failed in a replay.

    Raises:
        Unusable: the day, the database or the roster cannot be used.
        PolicyError: the rules cannot be carried out.
    """
    if asked.files:
        raise Unusable("--from-history 不与排练文件同用 (not together with rehearsal files)")
    day, engine = _day(asked.from_history), recorded(asked.database or settings.database_url)
    try:
        return _written(Store(engine), day, asked.write) if asked.write else _compared(Store(engine), day, asked)
    finally:
        engine.dispose()


def _compared(store: Store, day: date, asked: argparse.Namespace) -> int:
    done = comparing.compare(store, day, Change(asked.workflows, asked.roster), clock.now(), asked.lang)
    for line in text.as_json(done) if asked.json else text.table(done, asked.lang):
        print(line)
    return 0 if done.sound else 1


def _written(store: Store, day: date, path: Path) -> int:
    with store.reading() as session:
        content = file.write(session, reading.read(session, day, clock.now()))
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as wrong:
        raise Unusable(f"{path}: {wrong.strerror}") from None
    print(f"已写入(已脱敏) / written, masked: {path}")
    return 0


def _day(text_: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text_):
            return date.fromisoformat(text_)
    except ValueError:
        pass  # 30 February: the same words as for anything else that is no day
    raise Unusable(f"--from-history {text_}: 日期应写成 2026-03-10 (write the day as 2026-03-10)")


def recorded(url: str) -> sa.Engine:
    """The database as it stands; one that is not there is not made, one of another schema is not read."""
    engine = make_engine(url)
    name = engine.url.database
    if engine.dialect.name == "sqlite" and (not name or not Path(name).is_file()):
        raise Unusable(f"{engine.url}: 没有这个数据库 (no such database)")
    at, newest = schema.current(engine)
    if at != newest:
        raise Unusable("请先运行 callcenter upgrade (run callcenter upgrade first)")
    return engine
