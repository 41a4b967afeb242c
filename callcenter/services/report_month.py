"""The monthly summary (RP-M): the ledger's totals, every figure with both its numbers, and how long things took."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from callcenter.domain.figures import Figure
from callcenter.domain.vocabulary import FIELDWORK, URGENT, Role, TicketType
from callcenter.services import report_lists as lists
from callcenter.services.report_facts import Facts
from callcenter.services.report_sheet import Both, Cell, Section, section, share
from callcenter.storage.tables import AssignmentRow, TicketRow


def sections(facts: Facts, figures: Sequence[Figure]) -> Iterator[Section]:
    """What the supervisor hands to the project manager by the third."""
    yield section("figures", ("指标", "Figures"), "编号|Code  指标|Figure  结果|Result  目标|Target  口径|Formula", _figures(facts, figures))
    yield section("categories", ("按类别", "By category"), "类别|Category  登记|Registered  办结|Ended",
                  _by(facts, lambda t: _category(facts, t)))
    yield section("buildings", ("按楼栋", "By building"), "楼栋|Building  登记|Registered  办结|Ended", _by(facts, facts.place))
    yield section("technicians", ("按维修人员", "By technician"), "姓名|Name  完工|Completed  回访接通|Reached  不满意|Dissatisfied",
                  _technicians(facts))
    yield section("times", ("响应时长", "Response times"), "环节|Step  件数|Jobs  中位数|Median  90%|90%  最长|Longest", _times(facts))
    yield section("complaints", ("有效投诉", "Valid complaints"), "编号|Number  类型|Type  地点|Place  判定|Judged  责任人|Owner", _complaints(facts))
    yield section("rework", ("返修", "Rework"), "编号|Number  类型|Type  地点|Place  第几次|Round  责任人|Owner", _rework(facts))
    yield section("special", ("特约服务", "Paid services"), "编号|Number  完工|Completed  金额(元)|Amount (CNY)", _special(facts))
    yield section("materials", ("用料", "Materials"), "编号|Number  用料|Materials", _materials(facts))
    yield section("responders", ("首问责任人", "First responders"), "姓名|Name  受理|Received  办结|Ended  二次反映|Raised again", _responders(facts))


def _figures(facts: Facts, figures: Sequence[Figure]) -> Iterator[tuple[Cell, ...]]:
    """Fewer than thirty cases are marked: nobody is judged by them."""
    for figure in figures:
        target = facts.policy.targets.get(figure.code)
        few = f" (n={figure.denominator})" if figure.denominator and figure.few else ""
        yield (figure.code, Both(figure.zh, figure.en), share(figure.numerator, figure.denominator) + few,
               None if target is None else f"{target * 100:g}%", figure.formula)


def _category(facts: Facts, ticket: TicketRow) -> Both:
    category = facts.policy.categories.get(ticket.category or "")
    type_ = TicketType(ticket.type)
    return Both(f"{category.code} {category.zh}", f"{category.code} {category.en}") if category else Both(type_.zh, type_.en)


def _by(facts: Facts, of: Callable[[TicketRow], Both | str]) -> Iterator[tuple[Cell, ...]]:
    new, ended = Counter(of(t) for t in facts.opened()), Counter(of(t) for t, _ in facts.ended())
    for key in sorted(new.keys() | ended.keys(), key=lambda k: (-new[k], k.zh if isinstance(k, Both) else k)):
        yield key, new[key], ended[key]


def _technicians(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    done = Counter(a.to for a in _jobs(facts) if a.completed_at is not None and facts.since <= a.completed_at < facts.until)
    reached, unhappy = Counter[str](), Counter[str]()
    for form in facts.answers():
        who = facts.tickets[form.ticket_id or 0].completed_by or ""
        reached[who] += lists.reached(form)
        unhappy[who] += form.fields.get("satisfaction") in ("dissatisfied", "very_dissatisfied")
    for user, count in done.most_common():
        yield facts.name(user), count, reached[user], unhappy[user]


def _jobs(facts: Facts) -> Iterator[AssignmentRow]:
    return (a for jobs in facts.assignments.values() for a in jobs if a.voided_at is None)


def _times(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """Honest clocks: from the moment somebody knew of it, the first dispatch that stood, the arrival, the end of the work."""
    opened = [(t, min((a for a in facts.assignments.get(t.id, []) if a.voided_at is None and a.cycle == 1), key=lambda a: a.at, default=None))
              for t in facts.opened() if t.type in FIELDWORK]
    sent = [(t, a) for t, a in opened if a is not None]
    yield _spread(Both("受理到派单", "Receipt to dispatch"), (a.at - t.received_at for t, a in sent))
    yield _spread(Both("急修:受理到到场", "Urgent: receipt to arrival"),
                  (a.arrived_at - t.received_at for t, a in sent if t.type in URGENT and a.arrived_at))
    yield _spread(Both("受理到完工", "Receipt to completion"), (a.completed_at - t.received_at for t, a in sent if a.completed_at))


def _spread(name: Both, spans: Iterable[timedelta]) -> tuple[Cell, ...]:
    ordered = sorted(spans)
    if not ordered:
        return name, 0, None, None, None
    return name, len(ordered), ordered[(len(ordered) - 1) // 2], ordered[(len(ordered) * 9 + 9) // 10 - 1], ordered[-1]


def _complaints(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for form in facts.forms:
        if form.code == "F05" and form.fields.get("validity") == "valid":
            ticket = facts.tickets[form.ticket_id or 0]
            yield ticket.number, TicketType(ticket.type), facts.place(ticket), form.at, facts.name(ticket.owner)


def _rework(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    seen = {e.ticket_id for e in facts.events if e.after == "rework" and e.before != "rework"}
    for ticket in (facts.tickets[id_] for id_ in sorted(i for i in seen if i is not None)):
        yield ticket.number, TicketType(ticket.type), facts.place(ticket), ticket.cycle, facts.name(ticket.owner)


def _special(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    total = 0.0
    for form in facts.forms:
        ticket = facts.tickets.get(form.ticket_id or 0)
        amount = form.fields.get("final_amount")
        if form.code == "F03" and ticket is not None and ticket.type == TicketType.SPECIAL_SERVICE and amount is not None:
            total += float(amount)
            yield ticket.number, form.at, f"{float(amount):.2f}"
    yield Both("合计", "Total"), None, f"{total:.2f}"


def _materials(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for form in facts.forms:
        used = form.fields.get("materials")
        if form.code == "F03" and used:
            yield facts.tickets[form.ticket_id or 0].number, used if isinstance(used, str) else "、".join(map(_item, used))


def _item(item: object) -> str:
    return " ".join(str(v) for v in item.values()) if isinstance(item, dict) else str(item)


def _responders(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    taken = Counter(t.first_responder for t in facts.opened() if t.first_responder != Role.SYSTEM)
    ended = Counter(t.first_responder for t, _ in facts.ended())
    again = Counter(facts.tickets[e.ticket_id].first_responder for e in facts.acted("add_contact") if e.ticket_id in facts.tickets)
    for user, count in taken.most_common():
        yield facts.name(user), count, ended[user], again[user]
