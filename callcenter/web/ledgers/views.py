"""Views of ledgers: saved, renamed, shared with roles, deleted; each only by whoever saved it."""

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.ledgers import catalogue, filters, views
from callcenter.storage.ledger_tables import SavedViewRow
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.ledgers.shared import READERS, address, asked, asked_ledger, blueprint, columns_of, picked
from callcenter.web.ledgers.tables import table
from callcenter.web.security import needs, signed_in


@blueprint.post("/ledgers/<code>/views")
@needs(*READERS)
def save(code: str) -> ResponseReturnValue:
    """Keep what the table shows now under a name."""
    ledger, now = asked_ledger(code), clock.now()
    wish, columns = asked(ledger, request.form, now).filters, columns_of(ledger, request.form)
    try:
        key = views.save(hotline(), ledger, picked("name"), wish, columns, request.form.getlist("share"), picked("counted") == "yes",
                         signed_in().user, now)
    except Refused as no:
        return table(ledger, no, request.form)
    flash(gettext("视图已保存"), "ok")
    return redirect(url_for("ledgers.show", code=ledger.code, view=key, **address(wish, columns)), 303)


@blueprint.post("/ledgers/views/<int:key>")
@needs(*READERS)
def change(key: int) -> ResponseReturnValue:
    """Another name, other readers, a count or none; or not any more."""
    user, now = signed_in().user, clock.now()
    try:
        if picked("do") == "delete":
            views.delete(hotline(), key, user)
            flash(gettext("视图已删除"), "ok")
        else:
            ledger = _ledger_of(key, user)
            views.save(hotline(), catalogue.LEDGERS[ledger], picked("name"), filters.Filters(), (), request.form.getlist("share"),
                       picked("counted") == "yes", user, now, key)
            flash(gettext("已记录"), "ok")
    except Refused as no:
        if no.code == "unknown_view":
            abort(404, forms.reason(no))
        flash(forms.reason(no), "bad")
    return redirect(url_for("ledgers.index"), 303)


def _ledger_of(key: int, user: str) -> str:
    with hotline().store.reading() as session:
        found = session.scalar(sa.select(SavedViewRow.ledger).where(SavedViewRow.id == key, SavedViewRow.owner == user))
    if found is None:
        raise Refused("unknown_view")
    return found
