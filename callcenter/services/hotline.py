"""The hotline as its doors hold it: the database, the rules in force, and how much of a company is loaded."""

from dataclasses import dataclass, field

from callcenter.services.rulebook import Rulebook
from callcenter.storage.store import Store


@dataclass(frozen=True, slots=True)
class Hotline:
    """What every use case needs."""

    store: Store
    rulebook: Rulebook
    #: signs links (services/links.py); a rehearsal makes none and has none
    secret: str = field(default="", repr=False)
    #: scheme and host under which customers' browsers reach us; no closing slash
    address: str = ""
