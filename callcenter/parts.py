"""The hotline put together without its pages: settings, database, rules, what wakes it and what speaks for it."""

from dataclasses import dataclass
from importlib import import_module

import sqlalchemy as sa

from callcenter import events
from callcenter.config import Settings
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook, read_folder
from callcenter.storage.store import Store, make_engine
from callcenter.telephony import port
from callcenter.work.waking import Waker


@dataclass(frozen=True, slots=True)
class Parts:
    """A hotline and what wakes and speaks for it."""

    settings: Settings
    hotline: Hotline
    waker: Waker
    phone: port.Phone


def compose(settings: Settings, engine: sa.Engine | None = None) -> Parts:
    """Everything but the pages: for clock, worker and command line.

    Raises:
        PolicyError: the rules cannot be carried out, or their text changed without a new version.
    """
    waker = Waker(settings.redis_url, events.publish)
    store = Store(engine or make_engine(settings.database_url, **pool(settings)), waker.wake)
    hotline = Hotline(store, Rulebook(read_folder(settings.workflows_dir)), settings.secret_key, address(settings))
    return Parts(settings, hotline, waker, _phone(settings))


def address(settings: Settings) -> str:
    """Where a link in a message leads: the public address, or on a private trial our own."""
    return settings.public_base_url or f"http://{settings.bind}"


def _phone(settings: Settings) -> port.Phone:
    chosen = import_module("callcenter.telephony.choice")
    phone: port.Phone = chosen.choose(settings)
    return phone


def pool(settings: Settings) -> dict[str, object]:
    """How many connections a process keeps: enough for its threads that work, few enough for PostgreSQL's limit."""
    return {"pool_size": 10, "max_overflow": 20, "pool_timeout": 10, "pool_pre_ping": not settings.database_url.startswith("sqlite")}
