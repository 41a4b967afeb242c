"""The daily close (RP-D) and the sheet a shift is handed over with (RP-S)."""

from collections.abc import Iterator
from datetime import timedelta

from callcenter.domain.days import local
from callcenter.domain.figures import SHORT_ABANDON, THREE_RINGS
from callcenter.domain.vocabulary import URGENT, Channel, Clock, PostponeReason, State, TicketType
from callcenter.services import report_lists as lists
from callcenter.services.report_facts import Facts
from callcenter.services.report_sheet import Both, Cell, Section, section, share
from callcenter.storage.tables import CallRow, TicketRow

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
    yield section("duty", ("交接班记录", "Duty notes"), "时间|At  交班|From  接班|To  未结|Open  记录|Notes", _duty(facts))


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
        if count := sum(1 for t in opened if t.channel == channel):
            yield channel, count


def _types(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    new, ended = facts.opened(), facts.ended()
    rows = [(type_, sum(t.type == type_ for t in new), sum(t.type == type_ for t, _ in ended),
             sum(facts.tickets[id_].type == type_ for id_ in facts.open_at_end)) for type_ in TicketType]
    yield from (row for row in rows if row[1] or row[2] or row[3])
    yield _TOTAL, len(new), len(ended), len(facts.open_at_end)


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
    due = [p for _, p in facts.promises if p.key is Clock.CALLBACK and facts.since <= p.due_at < facts.until and p.voided_at is None]
    kept = sum(1 for p in due if p.kept_at is not None and p.kept_at <= p.due_at)
    yield len(tries), sum(1 for f in tries if lists.reached(f)), len(due), share(kept, len(due))


def _slips(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for id_, promise in facts.promises:
        if promise.key is Clock.SLIP_RETURN and id_ in facts.open_at_end and (promise.kept_at is None or promise.kept_at >= facts.until) \
                and (promise.voided_at is None or promise.voided_at >= facts.until):
            ticket = facts.tickets[id_]
            yield ticket.number, promise.started_at, promise.due_at, facts.name(ticket.completed_by or ticket.assignee)


def _duty(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for shift in facts.shifts:
        yield shift.handed_at, facts.name(shift.user), facts.name(shift.handed_to), len(shift.tickets), shift.notes


def shift(facts: Facts, user: str) -> Iterator[Section]:
    """What whoever takes over has to know: the open tickets of *user*, urgent jobs on the way, calls to be made (F13)."""
    mine = [t for id_, t in facts.tickets.items() if id_ in facts.open_at_end and (t.acting_follower or t.owner) == user]
    urgent = [t for id_, t in facts.tickets.items() if id_ in facts.open_at_end and t.type in URGENT
              and facts.open_at_end[id_] in (State.NEW, State.DISPATCHED, State.ACCEPTED, State.ON_SITE, State.REWORK)]
    yield section("open", ("未结工单", "Open tickets"), "编号|Number  类型|Type  地点|Place  状态|State  下一时限|Next promise  到期|Due"
                  "  代理跟进|Follower", (_line(facts, t) for t in mine))
    yield section("urgent", ("急修在途", "Urgent jobs"), "编号|Number  地点|Place  状态|State  处理人|Handler",
                  ((t.number, facts.place(t), facts.open_at_end[t.id], facts.name(t.assignee)) for t in urgent))
    yield section("overdue", ("超期件", "Overdue"), lists.OVERDUE_COLUMNS, lists.overdue(facts))
    yield section("callbacks", ("待回访", "Follow-up calls due"), "编号|Number  到期|Due",
                  ((facts.tickets[id_].number, p.due_at) for id_, p in facts.promises
                   if p.key is Clock.CALLBACK and id_ in facts.open_at_end and p.running and p.due_at < facts.until + timedelta(days=1)))
    yield section("duty", ("交接班记录", "Duty notes"), "时间|At  交班|From  接班|To  未结|Open  记录|Notes", _duty(facts))


def _line(facts: Facts, ticket: TicketRow) -> tuple[Cell, ...]:
    running = min((p for id_, p in facts.promises if id_ == ticket.id and p.running and p.key is not Clock.ESCALATION_ACK),
                  key=lambda p: p.due_at, default=None)
    return (ticket.number, TicketType(ticket.type), facts.place(ticket), facts.open_at_end[ticket.id], running.key if running else None,
            running.due_at if running else None, facts.name(ticket.acting_follower))
