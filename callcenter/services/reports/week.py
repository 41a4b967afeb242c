"""The weekly written feedback (RP-W): for every department what its customers said, and what the quality meeting has to look at."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import COMPLAINTS, CONTENT, Department, Satisfaction, TicketType
from callcenter.services.reports import books, lists
from callcenter.services.reports.facts import Facts
from callcenter.services.reports.sheet import Both, Cell, Count, Section, section, share
from callcenter.storage.tables import FormRow

#: how many categories the quality meeting is asked to look at
AGENDA = 5


def sections(session: Session, facts: Facts) -> Iterator[Section]:
    """First a line for every department, then each department's own lists, then the agenda."""
    actions = books.actions(session, facts.since, facts.until)
    yield section("departments", ("各部门", "Departments"), "部门|Department  回访接通|Reached  满意|Satisfied  不满意|Dissatisfied"
                  "  投诉|Complaints  建议|Suggestions  超期|Overdue", (_line(facts, d) for d in Department))
    for department in Department:
        yield from _of(facts, department)
        yield section("actions", ("整改措施", "Corrective actions"), books.ACTION_COLUMNS,
                      (a.line for a in actions if a.department == department), department)
    yield section("agenda", ("质量周会议题", "Agenda of the quality meeting"), "议题|Item  不满意与投诉|Dissatisfied and complaints",
                  (*_agenda(facts), *books.agenda(actions, facts.until)))


def _answers(facts: Facts, department: Department) -> list[FormRow]:
    return [f for f in facts.answers() if lists.reached(f) and facts.department(facts.tickets[f.ticket_id or 0]) is department]


def _line(facts: Facts, department: Department) -> tuple[Cell, ...]:
    answers = _answers(facts, department)
    said = [Satisfaction(f.fields["satisfaction"]) for f in answers if f.fields.get("satisfaction")]
    content = sum(1 for s in said if s in CONTENT)
    opened = [t for t in facts.opened() if facts.department(t) is department]
    unhappy = [f for f in answers if f.fields.get("satisfaction") and f.fields["satisfaction"] not in CONTENT]
    return (department, _numbers(facts, answers), share(content, len(said)), _numbers(facts, unhappy),
            Count(t.number for t in opened if t.type in COMPLAINTS), Count(t.number for t in opened if t.type == TicketType.SUGGESTION),
            Count(str(row[0]) for row in _overdue(facts, department)))


def _numbers(facts: Facts, answers: list[FormRow]) -> Count:
    return Count(facts.tickets[f.ticket_id or 0].number for f in answers)


def _overdue(facts: Facts, department: Department) -> list[tuple[Cell, ...]]:
    numbers = {t.number for t in facts.tickets.values() if facts.department(t) is department}
    return [row for row in lists.overdue(facts) if row[0] in numbers]


def _of(facts: Facts, department: Department) -> Iterator[Section]:
    answers = _answers(facts, department)
    counted = Counter(str(f.fields.get("satisfaction") or "") for f in answers)
    yield section("answers", ("回访结果", "Follow-up results"), "满意度|Answer  件数|Calls",
                  ((s, counted[s]) for s in Satisfaction if counted[s]), department)
    yield section("dissatisfied", ("不满意事项", "Dissatisfied"), lists.DISSATISFIED_COLUMNS, lists.dissatisfied(facts, answers), department)
    yield section("reported", ("投诉与建议", "Complaints and suggestions"), "编号|Number  类型|Type  地点|Place  登记|Registered  内容|Content",
                  _reported(facts, department), department)
    yield section("overdue", ("超期件", "Overdue"), lists.OVERDUE_COLUMNS, _overdue(facts, department), department)
    yield section("measures", ("书面通知与整改", "Written notices and measures"), "编号|Number  时间|At  问题|Problem  整改措施|Measure",
                  _measures(facts, department), department)


def _reported(facts: Facts, department: Department) -> Iterator[tuple[Cell, ...]]:
    for ticket in facts.opened():
        if facts.department(ticket) is department and (ticket.type in COMPLAINTS or ticket.type == TicketType.SUGGESTION):
            yield ticket.number, TicketType(ticket.type), facts.place(ticket), ticket.registered_at, ticket.content[:60]


def _measures(facts: Facts, department: Department) -> Iterator[tuple[Cell, ...]]:
    for form in facts.forms:
        if form.code == "F10" and ("problem" in form.fields or "measure" in form.fields):
            ticket = facts.tickets[form.ticket_id or 0]
            if facts.department(ticket) is department:
                yield ticket.number, form.at, form.fields.get("problem"), form.fields.get("measure")


def _agenda(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """The categories with the most complaints and dissatisfied customers of the week."""
    unhappy = [facts.tickets[f.ticket_id or 0] for f in facts.answers() if f.fields.get("satisfaction") not in (None, *CONTENT)]
    about: dict[str, list[str]] = {}
    for ticket in [*unhappy, *(t for t in facts.opened() if t.type in COMPLAINTS)]:
        about.setdefault(ticket.category or ticket.type, []).append(ticket.number)
    for code, numbers in sorted(about.items(), key=lambda found: (-len(found[1]), found[0]))[:AGENDA]:
        category = facts.policy.categories.get(code)
        yield (Both(f"{code} {category.zh}", f"{code} {category.en}") if category else TicketType(code)), Count(numbers)
