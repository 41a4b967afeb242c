"""What the ledgers' pages have in common: who asks, which ledger, cut down to what."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, request
from werkzeug.datastructures import MultiDict

from callcenter import clock
from callcenter.config import export_folder
from callcenter.domain.days import local
from callcenter.domain.vocabulary import Role
from callcenter.services.ledgers import catalogue, cells, filters
from callcenter.services.ledgers.columns import EVERYBODY, Ledger
from callcenter.services.ledgers.reading import Asked
from callcenter.web.languages import language
from callcenter.web.security import signed_in

blueprint = Blueprint("ledgers", __name__)
READERS = tuple(sorted(EVERYBODY))


def asked_ledger(code: str) -> Ledger:
    """The ledger of an address; 404 for one that is none, or not for this person."""
    found = catalogue.ledger(code.upper(), signed_in().roles)
    return found or abort(404)


def asked(ledger: Ledger, held: MultiDict[str, str], now: datetime) -> Asked:
    """What an address or a form says the ledger is to be cut down to."""
    return Asked(ledger, filters.read(ledger, held), signed_in().user, language(), now)


def columns_of(ledger: Ledger, held: MultiDict[str, str]) -> list[str]:
    """The columns chosen, in the ledger's order; none: the usual ones."""
    return [c.key for c in ledger.columns if c.key in held.getlist("col")]


def address(wish: filters.Filters, columns: list[str]) -> dict[str, Any]:
    """The same as part of an address."""
    return {**wish.args(), **({"col": columns} if columns else {})}


def folder() -> Path:
    """Where finished exports lie."""
    return export_folder(current_app.extensions["parts"].settings.data_dir)


def ledger_cell(value: Any) -> str:
    """A cell as the screen shows it: times without the current year."""
    if isinstance(value, datetime):
        here, this = local(value), request_year()
        return here.strftime("%m-%d %H:%M:%S" if here.year == this else "%Y-%m-%d %H:%M")
    return cells.text(value, language())


def request_year() -> int:
    """The local year at this request."""
    return local(clock.now()).year


def is_number(value: Any) -> bool:
    """Whether a cell belongs to the right."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def picked(name: str) -> str:
    """One value of the form that was sent."""
    return request.form.get(name, "").strip()


def sharable_roles() -> list[tuple[str, str]]:
    """The roles a view can be shared with: code and name."""
    return [(role.value, role.label(language())) for role in Role if role in EVERYBODY]


blueprint.record_once(lambda state: state.app.jinja_env.filters.update(ledger_cell=ledger_cell))
blueprint.record_once(lambda state: state.app.jinja_env.tests.update(number_cell=is_number))
blueprint.record_once(lambda state: state.app.add_template_global(sharable_roles))
