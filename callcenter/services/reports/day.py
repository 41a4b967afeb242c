"""The daily close (RP-D): breaches with names and reasons, calls by the hour, what came, ended and is late."""

from collections.abc import Iterator

from callcenter.domain.days import local
from callcenter.domain.figures import SHORT_ABANDON, THREE_RINGS
from callcenter.domain.vocabulary import Channel, Clock, PostponeReason, TicketType
from callcenter.services.reports import lists
from callcenter.services.reports.facts import Facts
from callcenter.services.reports.sheet import Both, Cell, Count, Missed, Section, section, share
from callcenter.storage.tables import CallRow, FormRow

_TOTAL = Both("合计", "Total")


def sections(facts: Facts) -> Iterator[Section]:
    """What the lead confirms in the morning, the breaches first."""
    yield section("breaches", ("三分钟派单、急修到场超时", "Three-minute dispatch and urgent arrivals missed"), lists.BREACH_COLUMNS,
                  lists.breaches(facts, Clock.DISPATCH, Clock.ARRIVE_URGENT))
    yield section("calls", ("来电", "Calls"), "时段|Hour  来电|Calls  15 秒内接听|Within 15 s  接听|Answered  放弃|Given up",
                  _calls(facts))
    yield section("channels", ("受理渠道", "Channels"), "渠道|Channel  登记|Registered", _channels(facts))
    yield section("types", ("各类工单", "Tickets by type"), "类型|Type  新增|New  办结|Ended  在办|Open", _types(facts))
    yield section("overdue", ("超期件", "Overdue"), lists.OVERDUE_COLUMNS, lists.overdue(facts))
    yield section("postponed", ("延期", "Postponements"), "编号|Number  类型|Type  时间|At  原因|Reason  延至|Until  经办|By", _postponed(facts))
    yield section("cancelled", ("撤单", "Cancelled"), "编号|Number  类型|Type  时间|At  原因|Reason  经办|By", _cancelled(facts))
    yield section("dissatisfied", ("回访不满意", "Dissatisfied"), lists.DISSATISFIED_COLUMNS,
                  lists.dissatisfied(facts, facts.answers()))
    yield section("major", ("重大投诉", "Major complaints"), "编号|Number  类型|Type  地点|Place  登记|Registered  责任人|Owner", _major(facts))
    yield section("callbacks", ("回访", "Follow-up calls"), "拨打|Tries  接通|Reached  当日到期|Due  按时完成|In time", _callbacks(facts))
    yield section("slips", ("未返单", "Slips not returned"), "编号|Number  完工|Completed  应返|Due  处理人|Handler", _slips(facts))
    yield section("duty", ("交接班记录", "Duty notes"), lists.DUTY_COLUMNS, lists.duty(facts), compared=(0, 1, 2, 3))


def _calls(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    by_hour: dict[int, list[CallRow]] = {}
    for call in facts.calls:
        by_hour.setdefault(local(call.ring_started_at).hour, []).append(call)
    for hour in sorted(by_hour):
        yield (f"{hour:02d}:00", *_counted(by_hour[hour]))
    yield (_TOTAL, *_counted(facts.calls))


def _counted(calls: list[CallRow]) -> tuple[Cell, ...]:
    """Callers who gave up within five seconds are offered to nobody (K01)."""
    answered = [c for c in calls if c.answered_at is not None]
    quick = sum(1 for c in answered if c.answered_at is not None and c.answered_at - c.ring_started_at <= THREE_RINGS)
    given_up = sum(1 for c in calls if c.answered_at is None and c.ended_at is not None and c.ended_at - c.ring_started_at >= SHORT_ABANDON)
    return len(calls), share(quick, len(answered) + given_up), len(answered), given_up


def _channels(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    opened = facts.opened()
    for channel in Channel:
        if count := Count(t.number for t in opened if t.channel == channel):
            yield channel, count


def _types(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    new, ended = facts.opened(), [t for t, _ in facts.ended()]
    open_ = [facts.tickets[id_] for id_ in facts.open_at_end]
    for type_ in TicketType:
        counts = [Count(t.number for t in found if t.type == type_) for found in (new, ended, open_)]
        if any(counts):
            yield type_, *counts
    yield _TOTAL, *(Count(t.number for t in found) for found in (new, ended, open_))


def _postponed(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for event in facts.acted("postpone"):
        ticket, fields = facts.tickets[event.ticket_id or 0], event.data.get("fields", {})
        reason = fields.get("reason")
        yield (ticket.number, TicketType(ticket.type), event.at, PostponeReason(reason) if reason in set(PostponeReason) else reason,
               fields.get("new_promise_at"), facts.name(event.by))


def _cancelled(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for event in facts.acted("cancel"):
        ticket = facts.tickets[event.ticket_id or 0]
        yield ticket.number, TicketType(ticket.type), event.at, event.data.get("fields", {}).get("reason"), facts.name(event.by)


def _major(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for ticket in facts.opened():
        if ticket.details.get("severity") == "major":
            yield ticket.number, TicketType(ticket.type), facts.place(ticket), ticket.registered_at, facts.name(ticket.owner)


def _callbacks(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    tries = facts.answers()
    due = [(facts.tickets[id_].number, p) for id_, p in facts.promises
           if p.key is Clock.CALLBACK and facts.since <= p.due_at < facts.until and p.voided_at is None]
    late = [number for number, p in due if p.kept_at is None or p.kept_at > p.due_at]
    yield (_of(facts, tries), _of(facts, [f for f in tries if lists.reached(f)]), Count(number for number, _ in due),
           Missed(share(len(due) - len(late), len(due)), late))


def _of(facts: Facts, forms: list[FormRow]) -> Count:
    return Count(facts.tickets[f.ticket_id or 0].number for f in forms)


def _slips(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for id_, promise in facts.promises:
        if promise.key is Clock.SLIP_RETURN and id_ in facts.open_at_end and (promise.kept_at is None or promise.kept_at >= facts.until) \
                and (promise.voided_at is None or promise.voided_at >= facts.until):
            ticket = facts.tickets[id_]
            yield ticket.number, promise.started_at, promise.due_at, facts.name(ticket.completed_by or ticket.assignee)
