"""What the pages of the quality books share: who is asking, words of their histories, links on a ticket's page."""

from typing import Any

from flask import Flask, abort
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain import quality
from callcenter.domain.corrective import KEEPERS
from callcenter.domain.quality import Deed
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Department, Role, Word
from callcenter.services.quality import action_lists, links, origins
from callcenter.services.registers import entries
from callcenter.services.registers.lists import compounds
from callcenter.storage import facts
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.registers import shown
from callcenter.web.security import signed_in

#: who reads the books
READERS = (Role.LEAD, Role.DEPT_HEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM, Role.AUDITOR)

_FIELDS = {f.name: f for fields in (quality.ACTION, quality.PROGRESS, quality.CHECK, quality.LOOK, quality.FEEDBACK, quality.OPINION, quality.CLOSING)
           for f in fields}
_MORE = {"department": ("部门", "Department"), "due_at": ("整改时限", "Due"), "state": ("状态", "State"), "round": ("轮次", "Round"),
         "recheck_at": ("回头看日期", "Look-back on"),
         "told": ("提醒了", "Told"), "late_days": ("逾期天数", "Days late")}
_WORDS: dict[str, type[Word]] = {"source": quality.Source, "department": Department, "submitted_by_department": Department, "supporting": Department,
                                 "recheck_result": quality.Looked}


def me(session: Session) -> Person:
    """Whoever is signed in, as the register has them; 403 for somebody it no longer has."""
    try:
        return entries.who(session, signed_in().user)
    except Refused:
        abort(403)


def compounds_to_name(session: Session, mine: Person) -> list[tuple[str, str]]:
    """What a new record may be about: the whole company, for those who answer for all of it, or one of their compounds."""
    whole = [] if mine.compounds else [("", gettext("全公司"))]
    return [*whole, *action_lists.compounds(session, mine)]


def label(name: str) -> str:
    """What a field of a record is called."""
    if name in _FIELDS and name not in _MORE:
        return _FIELDS[name].label(language())
    zh, en = _MORE.get(name, (name, name))
    return en if language() == "en" else zh


def value(name: str, held: Any, names: dict[str, str] | None = None) -> str:
    """A value of a record's history as the reader's words."""
    words = quality.ActionState if name == "state" and held in set(quality.ActionState) else \
        quality.FeedbackState if name == "state" else _WORDS.get(name)
    if isinstance(held, list):
        return forms.shown([value(name, one, names) for one in held]) if held else "—"
    if words and held in set(words):
        return words(held).label(language())
    return (names or {}).get(str(held)) or shown("start" if name.endswith("_at") else name, held)


def deed(code: str) -> str:
    return Deed(code).label(language()) if code in set(Deed) else code


def names(session: Session) -> dict[str, str]:
    """User → name, compound → name, for what the pages show."""
    return {p.user: p.name for p in facts.people(session).values()} | {c.code: c.name for c in compounds(session)}


def categories() -> list[tuple[str, str]]:
    """The categories a record may name."""
    return [("", "—"), *((c.code, f"{c.code} {c.label(language())}") for c in hotline().rulebook.policy.categories.values() if not c.retired)]


def category(code: str | None) -> str:
    found = hotline().rulebook.policy.categories.get(code or "")
    return found.label(language()) if found else code or ""


def of_ticket(number: str) -> tuple[list[links.Linked], list[tuple[str, str, Any]]]:
    """For a ticket's page: the records it has led to, and, for whoever may open one, what an action can be made from."""
    with hotline().store.reading() as session:
        mine = me(session)
        offers = origins.offers(session, number) if mine.roles & KEEPERS else []
        return links.of_ticket(session, number, mine), [(o.value, key, at) for o, key, at in offers]


def overdue() -> tuple[list[Any], int]:
    """For the board: corrective actions beyond their day."""
    if not current_user.is_authenticated:
        return [], 0
    with hotline().store.reading() as session:
        return action_lists.overdue(session, me(session), clock.now())


def install(app: Flask) -> None:
    """Make them known to the templates."""
    app.jinja_env.globals.update(book_label=label, book_value=value, book_deed=deed, book_category=category, quality_of_ticket=of_ticket,
                                 overdue_actions=overdue)
