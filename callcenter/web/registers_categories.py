"""The categories and the price list as the rules have them, with what is open; read-only: they are rules, and change as rules do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from callcenter.domain import pledges
from callcenter.domain.policy import Category
from callcenter.domain.vocabulary import OPEN, TicketType
from callcenter.services.rules import sentences
from callcenter.storage.tables import PolicyRow, TicketRow
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("registers_categories", __name__)
FILE = "categories.toml"
#: what the list can be narrowed to: the flags of a category
FLAGS = ("may_be_urgent", "certificate", "warranty", "public", "payable", "retired")


@dataclass(frozen=True, slots=True)
class InForce:
    """Which version of the file the rules of today are, and since when."""

    version: int
    since: datetime | None


@blueprint.get("/registers/categories")
@needs(*shared.ANYBODY)
def index() -> ResponseReturnValue:
    """The categories by code or any of their words, with their trades, flags and open tickets."""
    policy, text, flag = hotline().rulebook.policy, request.args.get("q", "").strip()[:40], request.args.get("flag", "")
    flag = flag if flag in FLAGS else ""
    with hotline().store.reading() as session:
        counted, force = _open(session, signed_in().compounds), _in_force(session)
    found = [c for c in policy.categories.values() if _meant(c, text) and (not flag or getattr(c, flag))]
    return render_template("registers/categories.html", found=found, total=len(policy.categories), counted=counted, force=force, parts=_parts(),
                           asked={"q": text, "flag": flag}, certificates=policy.certificates, policy=policy)


@blueprint.get("/registers/prices")
@needs(*shared.ANYBODY)
def prices() -> ResponseReturnValue:
    """The special services and what they cost; what is shown to everybody and since when."""
    listed = [c for c in hotline().rulebook.policy.categories.values() if c.type is TicketType.SPECIAL_SERVICE]
    with hotline().store.reading() as session:
        force = _in_force(session)
    return render_template("registers/prices.html", listed=listed, force=force, unit_of=pledges.unit)


def _meant(category: Category, text: str) -> bool:
    words = (category.code, category.zh, category.en, *(name for trade in category.trades for name in (trade.zh, trade.en)))
    return not text or any(text.casefold() in word.casefold() for word in words)


def _open(session: Session, scope: Collection[str]) -> dict[str, int]:
    """Category → tickets open in the compounds somebody looks after."""
    query = sa.select(TicketRow.category, sa.func.count()).where(TicketRow.state.in_(OPEN)).group_by(TicketRow.category)
    rows = session.execute(query.where(TicketRow.compound.in_(scope)) if scope else query)
    return {category: n for category, n in rows if category}


def _in_force(session: Session) -> InForce:
    version = hotline().rulebook.policy.versions[FILE]
    rows = session.execute(sa.select(PolicyRow.versions, PolicyRow.stored_at).order_by(PolicyRow.id))
    return InForce(version, next((row.stored_at for row in rows if row.versions.get(FILE) == version), None))


def _parts() -> dict[str, str]:
    """Parts of a building whose warranty counts, in the reader's words."""
    return {code: en if language() == "en" else zh for code, (zh, en) in sentences.PARTS.items()}
