"""What the pages of the registers share: the way in, forms from fields, the history of an entry in the reader's words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter.domain import registers as words
from callcenter.domain.days import local
from callcenter.domain.forms import Field
from callcenter.domain.registers import Register
from callcenter.domain.rotation import Rota
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import BADGES, Department, Role, Trade, Word
from callcenter.services import masking
from callcenter.services.registers import entries as registers
from callcenter.services.registers.typed import Misfit
from callcenter.services.rules import sentences
from callcenter.storage import facts
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("registers", __name__)

#: in the order of the tabs: register, endpoint
TABS = ((Register.PEOPLE, "registers_people.index"), (Register.ROSTER, "registers_roster.show"), (Register.ROOMS, "registers_archive.index"),
        (Register.COMPOUNDS, "registers_archive.compounds"), (Register.PLACES, "registers_places.index"),
        (Register.CALENDAR, "registers_calendar.show"))
ANYBODY = tuple(sorted({role for roles in registers.READERS.values() for role in roles}))

_FIELDS: Mapping[str, Field] = {f.name: f for columns in (
    words.DAY, words.TURN, words.LEAVE, words.COMPOUND, words.PLACE, words.ROOM, words.CUSTOMER, words.PERSON) for f in columns}
_WORDS: Mapping[str, type[Word]] = {"roles": Role, "trades": Trade, "department": Department, "language": words.Tongue, "state": words.RoomState,
                                    "relation": words.Relation, "rota": Rota}


@dataclass(frozen=True, slots=True)
class Input:
    """One field as a form shows it."""

    field: Field
    value: Any = ""
    error: str = ""
    #: [(code, words)] of a list or of check boxes
    options: list[tuple[str, str]] | None = None
    #: several may be chosen
    many: bool = False
    #: a number that is there and stays when nothing is typed
    kept: str = ""


@dataclass(slots=True)
class Asked:
    """What was sent with a form that was refused."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""

    @property
    def status(self) -> int:
        return 422 if self.message else 200


@blueprint.get("/registers")
@needs(*ANYBODY)
def index() -> ResponseReturnValue:
    """The first register the person may read."""
    return redirect(url_for(next(endpoint for register, endpoint in TABS if registers.reads(register, signed_in().roles))))


def by(session: Session) -> Person:
    """Whoever is signed in, as the register has them."""
    return registers.who(session, signed_in().user)


def myself() -> Person:
    """The same, read by itself."""
    with hotline().store.reading() as session:
        return by(session)


def tabs() -> list[tuple[Register, str]]:
    """The registers the person may read, and where."""
    return [(register, url_for(endpoint)) for register, endpoint in TABS if registers.reads(register, signed_in().roles)]


def further() -> list[tuple[str, str, str]]:
    """Lists that are no registers of their own: code, title, where; those the person may open."""
    pages = (("certificates", gettext("证件"), "registers_certificates.index", registers.CERTIFICATE_READERS),
             ("categories", gettext("项目分类"), "registers_categories.index", ANYBODY),
             ("prices", gettext("特约服务价目"), "registers_categories.prices", ANYBODY))
    return [(code, title, url_for(endpoint)) for code, title, endpoint, roles in pages if signed_in().may(*roles)]


def refused(no: Refused) -> Asked:
    """What the form says about a refusal, with every word that was typed."""
    wrong = no.wrong if isinstance(no, Misfit) else {}
    errors = {name: forms.reason(why) for name, why in wrong.items()}
    message = gettext("请按提示改正后再提交。") if errors else forms.reason(no)
    return Asked({name: "、".join(v for v in request.form.getlist(name) if v) for name in request.form}, errors, message)


def typed(columns: Iterable[Field], kept: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The form's fields; of a telephone number nothing typed means the one that is there, unless it is to go."""
    found = {c.name: ("\n" if c.kind in {"certificates", "warranty"} else "、").join(v for v in request.form.getlist(c.name) if v.strip())
             for c in columns}
    for name, number in (kept or {}).items():
        if name in found and not found[name] and request.form.get(f"{name}-gone") != "yes":
            found[name] = number or ""
    return found


def inputs(columns: Iterable[Field], values: Mapping[str, Any], asked: Asked, lists: Mapping[str, Sequence[tuple[str, str]]] | None = None,
           masked: Mapping[str, str] | None = None) -> list[Input]:
    """The form's fields with what stands in the entry, or what was typed into it just now."""
    found = []
    for column in columns:
        options = _options(column, lists or {})
        held = asked.values.get(column.name, "") if asked.message else as_typed(column, values.get(column.name))
        kept = (masked or {}).get(column.name, "")
        found.append(Input(column, "" if kept and not asked.message else held, asked.errors.get(column.name, ""), options,
                           column.kind in {"roles", "trades", "compounds", "departments"}, kept))
    return found


def _options(column: Field, lists: Mapping[str, Sequence[tuple[str, str]]]) -> list[tuple[str, str]] | None:
    if column.name in lists:
        return list(lists[column.name])
    if column.kind == "yes":
        return [("是", gettext("是")), ("否", gettext("否"))]
    if column.kind in {"roles", "role"}:
        return _named(r for r in Role if r in BADGES)
    if column.kind == "departments":
        return _named(Department)
    if column.kind == "trades":
        return _named(Trade)
    if isinstance(column.kind, type):
        return [("", "—"), *_named(column.kind)] if not column.must else _named(column.kind)
    return None


def _named(items: Iterable[Any]) -> list[tuple[str, str]]:
    return [(str(item.value), item.label(language())) for item in items]


def as_typed(column: Field, value: Any) -> str:
    """A value as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return local(value).date().isoformat()
    if column.kind == "certificates":
        return "\n".join(f"{name} {number} {local(until).date()}".replace("  ", " ") for name, (number, until) in value.items())
    if column.kind == "warranty":
        return "\n".join(f"{part} {local(until).date()}" for part, until in value.items())
    if isinstance(value, (set, frozenset, list, tuple)):
        return "、".join(sorted(map(str, value)))
    return f"{value:g}" if isinstance(value, float) else str(value)


def shown(name: str, value: Any) -> str:
    """A value of an entry's history as the reader's words."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return forms.yes_or_no(value)
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M" if name in {"start", "end", "valid_to"} else "%Y-%m-%d")
    if isinstance(value, list):
        return str(gettext("、")).join(shown(name, v) for v in value)
    if isinstance(value, dict):
        return str(gettext("、")).join(f"{_part(k)} {shown('', v)}" for k, v in value.items())
    kind = _WORDS.get(name)
    return kind(value).label(language()) if kind and value in set(kind) else str(value)


def _part(name: str) -> str:
    zh, en = sentences.PARTS.get(name, (name, name))
    return en if language() == "en" else zh


def label(name: str) -> str:
    """What a field of an entry is called."""
    more = {"active": gettext("在职"), "valid_to": gettext("停用于"), "turns_removed": gettext("撤下的班次"), "copied": gettext("复制的班次"),
            "left_out": gettext("没有复制的班次"), "rota": gettext("轮转"), "days": gettext("天数"), "source": gettext("来源")}
    return _FIELDS[name].label(language()) if name in _FIELDS else more.get(name, name)


def change_word(code: str) -> str:
    return words.Change(code).label(language()) if code in set(words.Change) else code


def version() -> int | None:
    """The version of the entry the form was opened on."""
    sent = request.form.get("version", "")
    return int(sent) if sent.isdigit() and len(sent) < 10 else None


def reason() -> str:
    return request.form.get("reason", "").strip()


def page_number() -> int:
    sent = request.args.get("page", "1")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 7 else 1


def history(session: Session, register: Register, key: str) -> list[registers.Kept]:
    return registers.history(session, register, key, signed_in().roles)


def names(session: Session) -> dict[str, str]:
    """User → name, for histories."""
    return {user: person.name for user, person in facts.people(session).items()} | {"system": gettext("系统")}


def or_404(found: Callable[[], Any]) -> Any:
    """What was looked for; 404 when there is none, or none within reach, which look the same."""
    try:
        return found()
    except Refused as no:
        abort(404, forms.reason(no))


blueprint.record_once(lambda state: state.app.jinja_env.globals.update(
    register_tabs=tabs, register_further=further, register_shown=shown, register_label=label, register_change=change_word,
    register_masked=masking.phone))
blueprint.record_once(lambda state: state.app.jinja_env.filters.update(register=Register))
