"""The monthly summary (RP-M): the ledger's totals, every figure with both its numbers, and how long things took."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from callcenter.domain.figures import Figure
from callcenter.domain.vocabulary import COMPLAINTS, CONTENT, FIELDWORK, URGENT, Role, TicketType
from callcenter.services.reports import books, course, lists, shares
from callcenter.services.reports.facts import Facts
from callcenter.services.reports.sheet import Both, Cell, Count, Section, section
from callcenter.storage.tables import AssignmentRow, TicketRow

#: the distribution of response times: the upper limit of each band
BANDS = (timedelta(minutes=3), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(hours=24), timedelta(hours=48))
_BAND_COLUMNS = ("环节|Step  ≤3 分钟|≤3 min  ≤30 分钟|≤30 min  ≤2 小时|≤2 h  ≤8 小时|≤8 h  ≤24 小时|≤24 h  ≤48 小时|≤48 h  更久|Longer")


def sections(session: Session, key: str, facts: Facts, figures: Sequence[Figure]) -> Iterator[Section]:
    """What the supervisor hands to the project manager by the third."""
    yield section("figures", ("指标", "Figures"), shares.COLUMNS, shares.rows(figures, facts.policy.targets), compared=shares.COMPARED)
    yield course.twelve_months(session, key, facts.since, figures, facts.policy.targets)
    yield section("totals", ("总计", "Totals"), "项目|Item  件数|Number of", _totals(facts))
    yield section("categories", ("按类别", "By category"), "类别|Category  登记|Registered  办结|Ended",
                  _by(facts, lambda t: _category(facts, t)))
    yield section("buildings", ("按楼栋", "By building"), "楼栋|Building  登记|Registered  办结|Ended", _by(facts, facts.place))
    yield section("technicians", ("按维修人员", "By technician"), "姓名|Name  完工|Completed  回访接通|Reached  不满意|Dissatisfied",
                  _technicians(facts))
    spans = list(_spans(facts))
    yield section("times", ("响应时长", "Response times"), "环节|Step  件数|Jobs  中位数|Median  90%|90%  最长|Longest",
                  (_spread(name, held) for name, held in spans))
    yield section("bands", ("响应时长分布", "Response times, distribution"), _BAND_COLUMNS, (_banded(name, held) for name, held in spans))
    yield section("complaints", ("有效投诉", "Valid complaints"), "编号|Number  类型|Type  地点|Place  判定|Judged  责任人|Owner", _complaints(facts))
    yield section("rework", ("返修", "Rework"), "编号|Number  类型|Type  地点|Place  第几次|Round  责任人|Owner", _rework(facts))
    yield section("special", ("特约服务", "Paid services"), "编号|Number  完工|Completed  金额(元)|Amount (CNY)", _special(facts))
    yield section("materials", ("用料", "Materials"), "编号|Number  用料|Materials", _materials(facts))
    yield section("training", ("培训需要", "Training needs"), books.TRAINING_COLUMNS, books.training(session, facts.since, facts.until))
    yield section("responders", ("首问责任人排名", "First responders, ranked"),
                  "姓名|Name  受理|Received  办结|Ended  二次反映|Raised again", _responders(facts))


def _category(facts: Facts, ticket: TicketRow) -> Both:
    category = facts.policy.categories.get(ticket.category or "")
    type_ = TicketType(ticket.type)
    return Both(f"{category.code} {category.zh}", f"{category.code} {category.en}") if category else Both(type_.zh, type_.en)


def _totals(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    answers = facts.answers()
    yield Both("登记", "Registered"), Count(t.number for t in facts.opened())
    yield Both("办结", "Ended"), Count(t.number for t, _ in facts.ended())
    yield Both("期末在办", "Open at the end"), Count(facts.tickets[id_].number for id_ in facts.open_at_end)
    yield Both("来电", "Calls"), Count(call.sid for call in facts.calls)
    yield Both("回访", "Follow-up calls"), Count(facts.tickets[f.ticket_id or 0].number for f in answers)
    yield Both("投诉", "Complaints"), Count(t.number for t in facts.opened() if t.type in COMPLAINTS)


def _by(facts: Facts, of: Callable[[TicketRow], Both | str]) -> Iterator[tuple[Cell, ...]]:
    new: dict[Both | str, list[str]] = defaultdict(list)
    ended: dict[Both | str, list[str]] = defaultdict(list)
    for ticket in facts.opened():
        new[of(ticket)].append(ticket.number)
    for ticket, _ in facts.ended():
        ended[of(ticket)].append(ticket.number)
    for key in sorted(new.keys() | ended.keys(), key=lambda k: (-len(new.get(k, ())), k.zh if isinstance(k, Both) else k)):
        yield key, Count(new.get(key, ())), Count(ended.get(key, ()))


def _technicians(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    done, reached, unhappy = (defaultdict[str, list[str]](list) for _ in range(3))
    for job in _jobs(facts):
        if job.completed_at is not None and facts.since <= job.completed_at < facts.until:
            done[job.to].append(facts.tickets[job.ticket_id].number)
    for form in facts.answers():
        ticket = facts.tickets[form.ticket_id or 0]
        if lists.reached(form):
            reached[ticket.completed_by or ""].append(ticket.number)
        if form.fields.get("satisfaction") not in (None, *CONTENT):
            unhappy[ticket.completed_by or ""].append(ticket.number)
    for user in sorted(done, key=lambda u: (-len(done[u]), u)):
        yield facts.name(user), Count(done[user]), Count(reached.get(user, ())), Count(unhappy.get(user, ()))


def _jobs(facts: Facts) -> Iterator[AssignmentRow]:
    return (a for jobs in facts.assignments.values() for a in jobs if a.voided_at is None)


def _spans(facts: Facts) -> Iterator[tuple[Both, list[timedelta]]]:
    """Honest clocks: from the moment somebody knew of it, the first dispatch that stood, the arrival, the end of the work."""
    opened = [(t, min((a for a in facts.assignments.get(t.id, []) if a.voided_at is None and a.cycle == 1), key=lambda a: a.at, default=None))
              for t in facts.opened() if t.type in FIELDWORK]
    sent = [(t, a) for t, a in opened if a is not None]
    yield Both("受理到派单", "Receipt to dispatch"), [a.at - t.received_at for t, a in sent]
    yield (Both("急修:受理到到场", "Urgent: receipt to arrival"),
           [a.arrived_at - t.received_at for t, a in sent if t.type in URGENT and a.arrived_at])
    yield Both("受理到完工", "Receipt to completion"), [a.completed_at - t.received_at for t, a in sent if a.completed_at]


def _spread(name: Both, spans: Iterable[timedelta]) -> tuple[Cell, ...]:
    ordered = sorted(spans)
    if not ordered:
        return name, 0, None, None, None
    return name, len(ordered), ordered[(len(ordered) - 1) // 2], ordered[(len(ordered) * 9 + 9) // 10 - 1], ordered[-1]


def _banded(name: Both, spans: Iterable[timedelta]) -> tuple[Cell, ...]:
    """How many took no longer than each limit and longer than the one before."""
    counts = [0] * (len(BANDS) + 1)
    for span in spans:
        counts[next((n for n, limit in enumerate(BANDS) if span <= limit), len(BANDS))] += 1
    return name, *counts


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
    """Whoever took most stands first; with as many, whoever was asked a second time less often."""
    taken, ended, again = (defaultdict[str, list[str]](list) for _ in range(3))
    for ticket in facts.opened():
        if ticket.first_responder != Role.SYSTEM:
            taken[ticket.first_responder].append(ticket.number)
    for ticket, _ in facts.ended():
        ended[ticket.first_responder].append(ticket.number)
    for event in facts.acted("add_contact"):
        if event.ticket_id in facts.tickets:
            again[facts.tickets[event.ticket_id].first_responder].append(facts.tickets[event.ticket_id].number)
    for user in sorted(taken, key=lambda u: (-len(taken[u]), len(again.get(u, ())), u)):
        yield facts.name(user), Count(taken[user]), Count(ended.get(user, ())), Count(again.get(user, ()))
