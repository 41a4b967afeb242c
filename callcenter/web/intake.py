"""The intake form: what it offers, what it asks for beyond the rules, and how it becomes a ticket."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from callcenter.domain import pledges
from callcenter.domain.forms import OPENING, asked_for
from callcenter.domain.policy import Category, Policy
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import AT_HOME, COMPLAINTS, REPAIRS, URGENT, Action, Channel, Clock, TicketType, Urgency
from callcenter.services import tickets
from callcenter.services.desk import desk_view
from callcenter.services.hotline import Hotline
from callcenter.services.intake import advice, drafts, spelling
from callcenter.web import forms
from callcenter.web.formats import day, length, moment
from callcenter.web.languages import language

#: the first sign of a category's code: zh, en (DOMAIN.md 17.3)
GROUPS = {
    "1": ("给排水", "Water and drainage"), "2": ("电气", "Electrical"), "3": ("电梯", "Lifts"), "4": ("燃气/安全", "Gas and safety"),
    "5": ("土建渗漏", "Building fabric and leaks"), "6": ("供暖/空调", "Heating and air-conditioning"),
    "7": ("弱电/门禁", "Low-voltage and access"), "8": ("秩序/环境", "Order and environment"),
    "9": ("投诉建议咨询", "Complaints, suggestions, inquiries"), "A": ("特约服务", "Paid services"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One category of the tree, with what choosing it means."""

    code: str
    label: str
    #: searched as well: both languages, the trade, the type
    words: str
    type: TicketType
    type_label: str
    urgent: bool
    may_be_urgent: bool
    at_home: bool
    complaint: bool
    price: str
    warranty: str
    script: str
    promise: str


def tree(policy: Policy, now: datetime) -> list[tuple[str, list[Choice]]]:
    """The categories by group, in the order of the file, with all that the form says when one is chosen."""
    promises = desk_view.default_promises(policy)
    groups: dict[str, list[Choice]] = {}
    for category in policy.categories.values():
        if not category.retired:
            groups.setdefault(category.code[:1], []).append(_choice(policy, category, promises.get(category.type), now))
    return [(_group(sign), held) for sign, held in groups.items()]


def _group(sign: str) -> str:
    zh, en = GROUPS.get(sign, (sign, sign))
    return en if language() == "en" else zh


def _choice(policy: Policy, category: Category, within: Any, now: datetime) -> Choice:
    words = [category.code, category.zh, category.en.lower(), category.type.zh, *(t.zh for t in category.trades), *spelling.phrases(category.zh)]
    return Choice(
        category.code, category.label(language()), " ".join(words), category.type, category.type.label(language()),
        category.type in URGENT, category.may_be_urgent, category.type in AT_HOME and not category.public, category.type in COMPLAINTS,
        _price(category), category.warranty or "", _script(policy, category),
        gettext("不填则按 %(length)s 内：%(moment)s", length=length(within), moment=moment(now + within)) if within else "")


def _price(category: Category) -> str:
    if category.price is None:
        return str(gettext("有偿，先报价")) if category.payable else ""
    return str(gettext("%(amount)s 元/%(unit)s", amount=f"{category.price:g}", unit=pledges.unit(category.unit or "", language())))


def _script(policy: Policy, category: Category) -> str:
    notice = policy.notices.get(f"script_{category.script}") if category.script else None
    return "" if notice is None else notice.en if language() == "en" else notice.zh


def warranties(until: dict[str, datetime], now: datetime) -> dict[str, str]:
    """Part of the building → whether it is under warranty, in words."""
    return {part: gettext("保修期内，至 %(day)s", day=day(at)) if now < at else gettext("已过保（%(day)s 到期）", day=day(at))
            for part, at in until.items()}


def labels() -> dict[str, str]:
    """What the fields are called, in the page's language."""
    return {f.name: f.label(language()) for f in OPENING}


# ---- reading it ------------------------------------------------------------------------------------------

def read(policy: Policy, form: MultiDict[str, str], call_number: str | None, on_record: str | None = None) -> dict[str, Any]:
    """
    The fields of a new ticket.

    Args:
        on_record: the number of the customer who was chosen from the list: taken when no other is there.

    Raises:
        Misread: everything that is missing or wrong at once: also what this desk asks for before it lets the caller go.
    """
    fields, wrong = forms.readable(Action.OPEN_TICKET, form)
    if on_record and not call_number and "contact_phone" not in wrong:
        fields.setdefault("contact_phone", on_record)
    type_, excused = likely_type(policy, fields), _needless(policy, fields, call_number)
    for field in asked_for(Action.OPEN_TICKET, fields, type_, Channel(fields.get("channel") or Channel.PHONE)):
        if field.name not in excused:
            wrong.setdefault(field.name, Refused("missing", fields=(field,)))
    if wrong:
        raise forms.Misread({f.name: wrong[f.name] for f in OPENING if f.name in wrong})
    return fields


def _needless(policy: Policy, fields: dict[str, Any], call_number: str | None) -> set[str]:
    """What need not be asked this time: the number is known, nobody's home is entered, no such promise is given."""
    type_, category = likely_type(policy, fields), policy.categories.get(fields.get("category") or "")
    known = {"contact_phone"} if call_number else set()
    outside = (category is not None and category.public) or (fields.get("place") and not fields.get("room"))
    public = {"convenient_time"} if outside else set()
    untold = {"told_two_day"} if type_ is None or not policy.promise(Clock.FEEDBACK, type_) else set()
    return known | public | untold


def likely_type(policy: Policy, fields: dict[str, Any]) -> TicketType | None:
    """The type it will be, as far as the category and urgency tell; the rules decide in the end."""
    if fields.get("type"):
        return TicketType(fields["type"])
    category = policy.categories.get(fields.get("category") or "")
    if category is None:
        return None
    raised = fields.get("urgency") == Urgency.URGENT and category.type in REPAIRS | {TicketType.HELP_ORDER}
    return TicketType.URGENT_REPAIR if raised and category.type not in URGENT else category.type


def register(hotline: Hotline, fields: dict[str, Any], user: str, key: str, now: datetime, sid: str | None, *,
             apart: bool = False) -> tickets.Outcome:
    """
    The ticket, opened for the call it came with.

    Args:
        apart: the caller was asked: it is not what is open there already.

    Raises:
        Refused: "open_already" when the same kind of matter is open at the same place; as `tickets.open_ticket`.
    """
    if not apart and not fields.get("parent"):
        _not_twice(hotline, fields, key, now)
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, user, fields), key, now, sid)


def _not_twice(hotline: Hotline, fields: dict[str, Any], key: str, now: datetime) -> None:
    with hotline.store.reading() as session:
        number = None if drafts.registered(session, key) else advice.same_matter(session, fields, now)
    if number is not None:
        raise Refused("open_already", number=number, field=next(f for f in OPENING if f.name == "category"))
