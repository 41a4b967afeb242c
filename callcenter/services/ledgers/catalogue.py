"""All ledgers by code, and which of them somebody may read."""

from collections.abc import Collection, Mapping

from callcenter.services.ledgers import customers, house, repairs
from callcenter.services.ledgers.columns import Ledger

LEDGERS: Mapping[str, Ledger] = {ledger.code: ledger for ledger in (
    house.F01, repairs.F02, repairs.F03, customers.F04, customers.F05, customers.F06, customers.F07, repairs.F08, repairs.F09, house.F10, house.F11,
    customers.F12, house.F13, house.F17, house.F19, repairs.F20, repairs.F22, repairs.F26, customers.F27)}

#: the three that reports and rehearsals name
KINDS: Mapping[str, str] = {"ledger": "F02", "work_orders": "F03", "follow_ups": "F04"}


def readable(roles: Collection[str]) -> list[Ledger]:
    """The ledgers somebody with these roles may open."""
    return [ledger for ledger in LEDGERS.values() if not ledger.roles.isdisjoint(roles)]


def ledger(code: str, roles: Collection[str]) -> Ledger | None:
    """The ledger of that code; None when there is none or it is not for these roles."""
    found = LEDGERS.get(code)
    return found if found is not None and not found.roles.isdisjoint(roles) else None
