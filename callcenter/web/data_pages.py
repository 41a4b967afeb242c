"""The pages of figures, ledgers and reports, side by side above each of them; who sees which."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, url_for
from flask_babel import lazy_gettext
from flask_login import current_user


@dataclass(frozen=True)
class DataPage:
    """One of the pages: where it is, what it is called, who may open it."""

    endpoint: str
    title: Any  # a lazy string
    roles: frozenset[str]

    @property
    def path(self) -> str:
        return url_for(self.endpoint)


def _page(endpoint: str, title: Any, roles: str) -> DataPage:
    return DataPage(endpoint, title, frozenset(roles.split()))


_OFFICE = "lead dept_head supervisor pm quality gm auditor"

#: In the order they are shown.
PAGES = (
    _page("reports.index", lazy_gettext("报表"), _OFFICE),
    _page("supervise.figures", lazy_gettext("指标"), _OFFICE),
    _page("insight.index", lazy_gettext("图表"), _OFFICE),
    _page("ledgers.index", lazy_gettext("台帐"), "agent dispatcher callback " + _OFFICE),
    _page("surveys.index", lazy_gettext("意见征询"), "agent callback " + _OFFICE),
    _page("actions.index", lazy_gettext("整改与质量"), _OFFICE),
    _page("reviews.index", lazy_gettext("通话质检"), "agent dispatcher callback lead supervisor pm quality gm auditor"),
    _page("staffing.index", lazy_gettext("人手"), "lead supervisor pm quality gm auditor"),
)

#: what people at the desk come to a few times a shift; in the order they are shown
HANDY = (
    _page("macros.index", lazy_gettext("常用语"), "agent lead dispatcher supervisor callback"),
    _page("reports.my_shifts", lazy_gettext("交接班表"), "agent dispatcher"),
    _page("ledgers.index", lazy_gettext("台帐"), "agent dispatcher callback"),
    _page("surveys.index", lazy_gettext("意见征询"), "agent callback"),
    _page("reviews.index", lazy_gettext("通话质检"), "agent dispatcher callback"),
    _page("field.arrivals", lazy_gettext("到场核实"), "lead dispatcher dept_head supervisor pm quality"),
)


def data_pages() -> list[DataPage]:
    """The pages this person may open, of those this installation has."""
    return _open_to_me(PAGES)


def handy_pages() -> list[DataPage]:
    """The same of shifts and forms, for those whose navigation has no door to them."""
    return _open_to_me(HANDY)


def _open_to_me(pages: tuple[DataPage, ...]) -> list[DataPage]:
    if not current_user.is_authenticated:
        return []
    return [page for page in pages if page.endpoint in current_app.view_functions and current_user.may(*page.roles)]


def install(app: Flask) -> None:
    """Make the list known to the templates."""
    app.jinja_env.globals.update(data_pages=data_pages, handy_pages=handy_pages)
