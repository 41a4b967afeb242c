"""The desk's panes beside the call: a matter opened in the middle, its customer on the right, saved views with their counts on the left."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.services.desk import customer, desk_view
from callcenter.services.ledgers import views
from callcenter.services.views import ticket_story
from callcenter.services.views.ticket_view import TicketPage
from callcenter.storage import facts
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in
from callcenter.web.tickets import read_page

blueprint = Blueprint("panes", __name__)
AT_DESK = tuple(sorted(desk_view.DESK))


@blueprint.app_context_processor
def what_stands_beside() -> dict[str, Callable[..., object]]:
    """For the page of the desk; each is read where it is shown."""
    return {"desk_matter": matter, "desk_around": around, "desk_calls": calls_with, "desk_views": saved_views,
            "views_far": lambda: views.FAR, "story_sorts": lambda: ticket_story.SORTS}


def matter() -> TicketPage | None:
    """The matter that the address names, as its reader may see it; none named: none. 404 for one that is not theirs."""
    number = request.args.get("ticket", "")
    return read_page(number, clock.now()) if number else None


def around(page: TicketPage) -> customer.Around:
    """What else there is of this household."""
    now, user = clock.now(), signed_in().user
    with hotline().store.reading() as session:
        return customer.around(session, hotline().rulebook.policy, facts.staff(session, now), page.ticket.number, user, now)


def calls_with(sid: str) -> list[customer.Contact]:
    """The calls before this one with the same telephone."""
    with hotline().store.reading() as session:
        return customer.calls_with(session, sid)


def saved_views() -> list[views.View]:
    """The reader's views of ledgers, those that ask for it with how many lines they have now; none in a house without ledgers."""
    if "ledgers.index" not in current_app.view_functions:
        return []
    now: datetime = clock.now()
    with hotline().store.reading() as session:
        return views.seen(hotline(), session, signed_in().user, signed_in().roles, language(), now, counting=True)


@blueprint.get("/desk/views")
@needs(*AT_DESK)
def listed() -> ResponseReturnValue:
    """The saved views as they stand, for a page that asks again."""
    return render_template("desk/_views.html")
