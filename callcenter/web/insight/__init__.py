"""Pictures of the figures: what a period looked like, drawn on the server, every picture with its finding and its table."""

from dataclasses import replace

from flask import Blueprint, abort, render_template
from flask_babel import lazy_gettext

from callcenter import clock
from callcenter.services.figures import scope_of
from callcenter.services.overseeing.board_figures import Words
from callcenter.services.pictures import Ask
from callcenter.storage import facts
from callcenter.web.acts import hotline
from callcenter.web.charts import Picture
from callcenter.web.insight import kept, people, stock, volume
from callcenter.web.insight.asking import Asking
from callcenter.web.insight.report import pictures_of, replaces_table
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in
from callcenter.web.spans import NAMES, span

blueprint = Blueprint("insight", __name__)
blueprint.record_once(lambda state: state.app.add_template_global(pictures_of, "pictures_of"))
blueprint.record_once(lambda state: state.app.add_template_global(replaces_table, "replaces_table"))
ROLES = ("lead", "supervisor", "pm", "quality", "dept_head", "auditor", "gm")

#: what is drawn, in the order of the page: how it is called, and by whom it is drawn
PICTURES = {
    "dispatch": (lazy_gettext("多快派单"), kept.dispatch), "arrival": (lazy_gettext("急修多快到场"), kept.arrival),
    "repairs": (lazy_gettext("多久修好"), kept.repairs), "calls": (lazy_gettext("来电时段"), volume.calls),
    "K04": (lazy_gettext("派单达标走势"), kept.trend_of("K04")), "K05": (lazy_gettext("急修到场走势"), kept.trend_of("K05")),
    "K07": (lazy_gettext("按约到场走势"), kept.trend_of("K07")), "categories": (lazy_gettext("报事类别"), volume.categories),
    "clusters": (lazy_gettext("同类聚集"), stock.clusters), "people": (lazy_gettext("维修人员与外委"), people.arrivals),
    "ages": (lazy_gettext("在办账龄"), stock.ages)}


@blueprint.get("/insight")
@needs(*ROLES)
def index() -> str:
    """All pictures of a period, of one compound or of all that this person answers for."""
    return _page(tuple(PICTURES))


@blueprint.get("/insight/<name>")
@needs(*ROLES)
def one(name: str) -> str:
    """One picture by itself, larger and with its table open: to be printed or sent on."""
    if name not in PICTURES:
        abort(404)
    return _page((name,))


def _page(names: tuple[str, ...]) -> str:
    now, asked = clock.now(), span(clock.now(), "30d")
    with hotline().store.reading() as session:
        staff, user = facts.staff(session, now), signed_in().user
        scope, words = scope_of(staff, user), Words(hotline(), session, language())
        compounds = [code for code in words.compounds if scope.compounds is None or code in scope.compounds]
        compound = next((c for c in compounds if c == asked.where.get("compound")), None)
        asked = replace(asked, where={"compound": compound} if compound else {})
        asking = Asking(session, Ask(now, asked.since, asked.until, scope, compound), asked, words, staff, user, hotline().rulebook.policy)
        drawn: list[Picture] = [PICTURES[name][1](asking) for name in names]
    return render_template("insight/page.html", pictures=drawn, single=len(names) == 1, names={n: title for n, (title, _) in PICTURES.items()},
                           span=asked, spans=NAMES, at=now, words=words, compounds=compounds)
