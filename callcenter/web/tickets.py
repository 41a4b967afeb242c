"""The list of tickets and the page of one ticket."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.domain.forms import Field, fields_of
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Action, Role, State, TicketType
from callcenter.services import access, telling
from callcenter.services.views import ticket_list, ticket_story, ticket_view
from callcenter.storage import facts
from callcenter.storage.tables import CompoundRow, TicketRow
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import signed_in, wants_page

blueprint = Blueprint("tickets", __name__)
Choice = TypeVar("Choice", bound=StrEnum)

VIEWS = ("open", "mine", "overdue", "all")
#: parts of the page that follow the events by themselves
PARTS = {"head": "tickets/_head.html", "story": "tickets/_story.html"}


@blueprint.record_once
def _filters(state: Any) -> None:
    app: Flask = state.app
    app.jinja_env.filters.update(
        typed=typed, pair=pair, role_word=role_word, person_name=lambda user, page: page.name(user),
        word_option=lambda word: (word.value, word.label(language())), compound_option=lambda row: (row.code, row.name),
        person_option=lambda person: (person.user, f"{person.name} · {person.user}"))


def typed(value: object, field: Field | None = None, people: Mapping[str, Person] | None = None) -> str:
    """What was filled in, as the reader's language writes it; people by name."""
    if isinstance(value, bool):
        return forms.yes_or_no(value)
    if isinstance(value, str) and people and value in people and (field is None or field.kind in ("person", "list")):
        return people[value].name
    if isinstance(value, str) and field is not None and field.name in forms.CHOICES:
        return forms.chosen(field.name, value)
    if isinstance(value, str) and field is not None and not isinstance(field.kind, str) and value in set(field.kind):
        return forms.shown(field.kind(value))
    return forms.shown(telling.named(value))


def pair(words: tuple[str, str]) -> str:
    """A pair of words (zh, en) in the reader's language."""
    return words[1 if language() == "en" else 0]


def role_word(codes: str) -> str:
    """Roles by name; a message names several when one person holds them."""
    return forms.shown([Role(code) if code in set(Role) else code for code in codes.split()])


@blueprint.get("/tickets")
def index() -> ResponseReturnValue:
    """Tickets by view, kind, compound, state and words; a whole number typed leads straight to its ticket."""
    now, wish = clock.now(), _wish(request.args)
    with hotline().store.reading() as session:
        exact = session.scalar(sa.select(TicketRow.number).where(TicketRow.number == wish.text.strip().upper()))
        if exact:
            return redirect(url_for("tickets.show", number=exact))
        found = ticket_list.find(session, hotline().rulebook.policy, signed_in().user, wish, now)
        compounds = session.scalars(sa.select(CompoundRow).order_by(CompoundRow.code)).all()
        people = facts.people(session)
    page = "tickets/_list.html" if request.headers.get("X-Partial") else "tickets/list.html"
    return render_template(page, wish=wish, found=found, views=VIEWS, types=list(TicketType), states=list(State),
                           compounds=compounds, people=people, asked=request.args.to_dict() | {"page": None})


def _wish(asked: Mapping[str, str]) -> ticket_list.Wish:
    """What the address asks for; anything unknown is as if it were not there."""
    view, page = asked.get("view", ""), asked.get("page", "")
    return ticket_list.Wish(
        view if view in VIEWS else "all" if asked.get("q") or asked.get("state") else "open", asked.get("q", "")[:80],
        _word(TicketType, asked.get("type")), _word(State, asked.get("state")), asked.get("compound") or None,
        int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1)


def _word(words: type[Choice], code: str | None) -> Choice | None:
    return next((w for w in words if w.value == code), None)


@blueprint.get("/tickets/<number>")
def show(number: str) -> ResponseReturnValue:
    """One ticket, as far as its reader may see it; the same 404 for one that is not there and one that is not theirs."""
    now = clock.now()
    page = read_page(number, now)
    if page.phone_whole and page.phone and wants_page():
        access.shown(hotline(), page.ticket.number, signed_in().user, signed_in().roles, now)
    part = PARTS.get(request.args.get("part", ""))
    template = part if part and request.headers.get("X-Partial") else "tickets/ticket.html"
    return render_template(template, page=page, ticket=page.ticket, sorts=ticket_story.SORTS, ledger=_ledger(page), read_at=now)


def read_page(number: str, now: datetime) -> ticket_view.TicketPage:
    """The page of the ticket for the signed-in person, or 404."""
    with hotline().store.reading() as session:
        try:
            return ticket_view.page(hotline(), session, number.upper(), signed_in().user, now, language())
        except Refused as no:
            abort(404, forms.reason(no))


def _ledger(page: ticket_view.TicketPage) -> list[tuple[Field, object]]:
    """What was filled in when it was registered, under the names of the form."""
    form = ticket_view.opening(page.ticket)
    shown_elsewhere = {"call", "content", "contact_phone", "customer_name", "category", "type", "room", "place", "channel", "received_at"}
    if form is None:
        return []
    return [(f, form.fields[f.name]) for f in fields_of(Action.OPEN_TICKET)
            if f.name not in shown_elsewhere and form.fields.get(f.name) not in (None, "", [])]
