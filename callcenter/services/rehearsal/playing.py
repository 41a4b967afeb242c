"""Plays a written day against the real engine under a handed-in clock; every timer fires at its own second (REHEARSAL.md)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import refusals
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, CallState, Clock, Evidence, Role, State, Status
from callcenter.services import audit, figures, people, places, tickets, timers
from callcenter.services.demo import company
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import shifts
from callcenter.services.rehearsal import office
from callcenter.services.rehearsal.happened import Happened, Line
from callcenter.services.rehearsal.reading import (
    CALL_ACTS,
    HOUSE_ACTS,
    OFFICE_ACTS,
    ROLE_WORDS,
    SHIFT_ACTS,
    TICKET_ACTS,
    Expectation,
    Script,
    Step,
    Unusable,
)
from callcenter.services.rulebook import Rulebook
from callcenter.services.telephone import calls
from callcenter.storage import facts, schema
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import CallRow, EscalationRow, EventRow, FormRow, MatterRow, MessageRow, PersonRow, PromiseRow, TicketRow, TimerFireRow

#: acts that the customer does when nobody is named
BY_CUSTOMER = frozenset({"customer_reply", "urge", "accept_quote", "decline_quote"})

CALL_WORDS = {"in_progress": CallState.ANSWERED, "in-progress": CallState.ANSWERED, "completed": CallState.ENDED,
              "missed": CallState.ABANDONED, "no-answer": CallState.ABANDONED, "on_hold": CallState.HELD}


@dataclass(slots=True)
class Rehearsal:
    """One script on one hotline."""

    hotline: Hotline
    script: Script
    lines: list[Line] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)  #: handle → ticket number
    now: datetime = field(init=False)
    _happened: Happened = field(init=False)
    _clocks_stand: bool = False

    def __post_init__(self) -> None:
        self.now = self.script.start
        self._happened = Happened(self.hotline, self.numbers)

    @property
    def passed(self) -> bool:
        return all(line.ok for line in self.lines)

    def play(self) -> bool:
        """Play to the end; True when every expectation held and nothing was refused that should not be."""
        self._check_names()
        instants = {s.at for s in self.script.steps} | {e.at for e in self.script.expectations}
        looks = set(office.looks(self.script.start, self.script.end)) if self.script.calendar else set()
        for at in sorted({*instants, *looks}):
            self._fire_until(at, inclusive=False)
            self.now = at
            if at in looks:
                office.calendar(self.hotline, at)
            for step in (s for s in self.script.steps if s.at == at):
                self._do(step)
                self.lines += self._happened.since_then(self.now)
            self._fire_until(at, inclusive=True)
            for expectation in (e for e in self.script.expectations if e.at == at):
                self._check(expectation)
        return self.passed

    # ---- before the start ----

    def _check_names(self) -> None:
        """People, categories, rooms and handles that do not exist make the file unusable; nothing is played then."""
        with self.hotline.store.reading() as session:
            known = facts.people(session)
            for user in self.script.on_duty or ():
                self._known_person(f"{self.script.name}: on_duty", user, known)
            for step in self.script.steps:
                if step.by is not None:
                    self._known_person(step.line, step.by, known)
                for name in ("first_responder", "expert", "specialist", "responsible_person", "second_caller"):
                    if step.fields.get(name):
                        self._known_person(f"{step.line}: {name}", step.fields[name], known)
                self._known_place(session, step)
            self._known_handles()
        for expected in self.script.expectations:
            for who in (*expected.claims.get("told", ()), *expected.claims.get("not_told", ())):
                if who not in known and ROLE_WORDS.get(who, who) not in set(Role):
                    raise Unusable(f"{expected.line}: told {who!r} 不认识;可用 (valid): {', '.join([*Role, *sorted(known)])}")

    @staticmethod
    def _known_person(where: str, user: str, people: Mapping[str, Any]) -> None:
        if user not in people:
            raise Unusable(f"{where}: 没有这个人 (nobody called) {user!r};可用 (valid): {', '.join(sorted(people))}")

    def _known_place(self, session: Session, step: Step) -> None:
        category = step.fields.get("category")
        if category and category not in self.hotline.rulebook.policy.categories:
            raise Unusable(f"{step.line}: 没有这个类别 (no category) {category!r};可用 (valid): "
                           f"{', '.join(self.hotline.rulebook.policy.categories)}")
        if step.fields.get("room"):
            try:
                places.find(session, step.fields["room"], None)
            except Refused:
                near = ", ".join(r.text for r in places.suggest(session, step.fields["room"][:3], 5))
                raise Unusable(f"{step.line}: 没有这个房号 (no room) {step.fields['room']!r};例如 (such as): {near}") from None

    def _known_handles(self) -> None:
        opened = {s.fields["as"] for s in self.script.steps if s.act == "open_ticket"}
        rung = {s.fields["call"] for s in self.script.steps if s.act == "call_arrives"}
        for where, ticket, call in [*((s.line, s.fields.get("ticket"), s.fields.get("call")) for s in self.script.steps),
                                    *((e.line, e.ticket, e.call) for e in self.script.expectations)]:
            if ticket is not None and ticket not in opened:
                raise Unusable(f"{where}: 没有登记过 (never opened) {ticket!r};可用 (valid): {', '.join(sorted(opened))}")
            if call is not None and call not in rung:
                raise Unusable(f"{where}: 没有这通电话 (no such call) {call!r};可用 (valid): {', '.join(sorted(rung))}")

    # ---- time ----

    def _fire_until(self, at: datetime, *, inclusive: bool) -> None:
        """Let every timer due before *at* (or at it) fire at its own second, follow-up timers included; none while the clocks stand."""
        while not self._clocks_stand:
            due = self._happened.next_due_at()
            if due is None or due > at or (due == at and not inclusive):
                return
            self.now = max(self.now, due)
            timers.fire_due(self.hotline, self.now, log=self._fault)
            self.lines += self._happened.since_then(self.now)

    def _fault(self, text: str) -> None:
        self.lines.append(Line(self.now, "fault", False, text))

    # ---- acts ----

    def _do(self, step: Step) -> None:
        try:
            self._carry_out(step)
        except Refused as no:
            said = refusals.text(no)
            expected = step.refused is True or step.refused == no.code
            self.lines.append(Line(self.now, "refused", expected, f"{step.by or '—'} {step.act}: 被拒 {no.code}:{said}",
                                   {"act": step.act, "by": step.by, "code": no.code, "reason": said, "where": step.line}))
            return
        if step.refused:
            self.lines.append(Line(self.now, "expect", False, f"{step.line}: {step.act} 应被拒绝却办成了 (should have been refused)",
                                   {"act": step.act, "where": step.line}))

    def _carry_out(self, step: Step) -> None:
        key = step.line
        if step.act in CALL_ACTS:
            self._call(step)
        elif step.act in SHIFT_ACTS:
            shifts.act(self.hotline, step.act, step.by or "", step.fields, key, self.now)
        elif step.act in HOUSE_ACTS:
            self._house(step)
        elif step.act in OFFICE_ACTS:
            named = {k: self._sid(v) if k == "call" else v for k, v in step.fields.items()}
            office.act(self.hotline, step.act, step.by or "", named, self.now)
        elif step.act == "open_ticket":
            self._open(step, key)
        else:
            fields = {k: v for k, v in step.fields.items() if k != "ticket"}
            for name in ("into", "parent", "urgent"):
                if name in fields:
                    fields[name] = self.numbers.get(fields[name], fields[name])
            if "call" in fields:
                fields["call"] = self._sid(fields["call"])
            by = step.by or (Role.CUSTOMER if step.act in BY_CUSTOMER else Role.SYSTEM)
            tickets.carry_out(self.hotline, self._number(step.fields["ticket"]), Act(TICKET_ACTS[step.act], by, fields), key, self.now)

    def _house(self, step: Step) -> None:
        match step.act:
            case "rules_change":
                office.change_rules(self.hotline, step.line, step.fields, self.now)
            case _:
                self._clocks_stand = step.act == "clocks_stop"

    def _open(self, step: Step, key: str) -> None:
        fields = {k: v for k, v in step.fields.items() if k != "as"}
        if "call" in fields:
            fields["call"] = self._sid(fields["call"])
        if "parent" in fields:
            fields["parent"] = self.numbers.get(fields["parent"], fields["parent"])
        outcome = tickets.open_ticket(self.hotline, Act(Action.OPEN_TICKET, step.by or Role.SYSTEM, fields), key, self.now)
        self.numbers[step.fields["as"]] = outcome.number

    def _call(self, step: Step) -> None:
        sid, hotline = self._sid(step.fields["call"]), self.hotline
        match step.act:
            case "call_arrives":
                calls.arrive(hotline, sid, step.fields.get("from"), self.now)
            case "call_answered":
                calls.answered(hotline, sid, step.by or "", self.now)
            case "call_held":
                calls.held(hotline, sid, self.now)
            case "call_resumed":
                calls.resumed(hotline, sid, self.now)
            case "call_ends":
                calls.ended(hotline, sid, self.now, step.fields.get("ended_by"))
            case "return_call":
                calls.returned(hotline, sid, step.by or "", step.fields["contact_result"], self.now)
            case "dispose_call":
                calls.dispose(hotline, sid, step.by or "", step.fields["disposition"], self.now)

    def _sid(self, handle: str) -> str:
        return f"rehearsal-{handle}"

    def _number(self, handle: str) -> str:
        if handle not in self.numbers:
            raise Refused("unknown_ticket", number=handle)
        return self.numbers[handle]

    # ---- expectations ----

    def _check(self, expected: Expectation) -> None:
        with self.hotline.store.reading() as session:
            for name, wanted, found, ok in self._claims(session, expected):
                about = expected.ticket or expected.call or expected.period or ""
                text = f"{'✓' if ok else '✗'} {about} {name}: 期望 {_shown(wanted)}" + ("" if ok else f",实际 {_shown(found)}")
                self.lines.append(Line(self.now, "expect", ok, text, {
                    "where": expected.line, "about": about, "claim": name, "wanted": _plain(wanted), "found": _plain(found)}))

    def _claims(self, session: Session, expected: Expectation) -> Iterator[tuple[str, Any, Any, bool]]:
        if expected.ticket is not None and expected.ticket not in self.numbers:
            yield "ticket", "registered", "not registered", False
            return
        looks: dict[str, Callable[[], Any]]
        if expected.ticket is not None:
            row = session.scalars(sa.select(TicketRow).where(TicketRow.number == self.numbers[expected.ticket])).one()
            looks = self._about_ticket(session, row)
            promises = list(session.scalars(sa.select(PromiseRow).where(PromiseRow.ticket_id == row.id).order_by(PromiseRow.id)))
            messages = list(session.scalars(sa.select(MessageRow).where(MessageRow.ticket_id == row.id)))
            owner: str | None = row.owner
        elif expected.call is not None:
            call = session.scalar(sa.select(CallRow).where(CallRow.sid == self._sid(expected.call)))
            if call is None:
                yield "call", "known", "unknown", False
                return
            looks = _about_call(call)
            promises = list(session.scalars(sa.select(PromiseRow).where(PromiseRow.call_id == call.id).order_by(PromiseRow.id)))
            messages = list(session.scalars(sa.select(MessageRow).where(MessageRow.call_id == call.id)))
            owner = call.answered_by
        elif expected.period is not None:
            period = office.find_period(session, expected.period)
            if period is None:
                yield "period", "open", "unknown", False
                return
            said = office.about_period(period)
            named = [self.numbers.get(n, n) for n in expected.claims.get("lists", [])]
            looks = {**{name: partial(said.get, name) for name in said}, "lists": lambda: [
                n for n in expected.claims["lists"] if self.numbers.get(n, n) not in office.missing_from(
                    self.hotline, session, period, named, self.now)]}
            promises = list(session.scalars(sa.select(PromiseRow).where(PromiseRow.period_id == period.id).order_by(PromiseRow.id)))
            messages = office.messages_of(session, period)
            owner = None
        else:
            yield from self._about_all(session, expected)
            return
        for name, wanted in expected.claims.items():
            if name == "promise":
                yield from self._promises(promises, wanted)
            elif name == "due":
                for clock, at in wanted.items():
                    found = next((p.due_at for p in reversed(promises) if p.clock == clock), None)
                    yield f"due.{clock}", at, found, found == at
            elif name in ("told", "not_told"):
                yield from _told(session, messages, owner, name, wanted)
            else:
                found = looks[name]()
                wanted = self.numbers.get(wanted, wanted) if name == "merged_into" else wanted
                wanted = CALL_WORDS.get(wanted, wanted) if expected.call and name == "state" else wanted
                wanted = None if wanted == "none" and found is None else wanted
                yield name, wanted, found, found == wanted

    def _promises(self, rows: list[PromiseRow], wanted: Mapping[str, str]) -> Iterator[tuple[str, Any, Any, bool]]:
        for clock, status in wanted.items():
            row = next((p for p in reversed(rows) if p.clock == clock), None)
            found = facts.promise(row).status(self.now) if row is not None else Status.NONE
            yield f"promise.{clock}", status, found.value, found == status

    def _about_ticket(self, session: Session, row: TicketRow) -> dict[str, Callable[[], Any]]:
        matter = session.get_one(MatterRow, row.matter_id)
        return {
            "state": lambda: row.state, "owner": lambda: row.owner, "first_responder": lambda: row.first_responder,
            "acting_follower": lambda: row.acting_follower, "assignee": lambda: row.assignee, "cycle": lambda: row.cycle,
            "postponements": lambda: matter.postponements, "level": lambda: row.level, "contacts": lambda: matter.repeat_contacts,
            "type": lambda: row.type, "category": lambda: row.category, "urgency": lambda: row.urgency,
            "callback": lambda: callback_state(session, row), "callback_due": lambda: _callback_due(session, row),
            "merged_into": lambda: row.merged_into, "urges": lambda: matter.urges, "rounds": lambda: matter.dissatisfied_rounds,
            "evidence": lambda: row.evidence, "promise_at": lambda: row.promise_at, "department": lambda: row.department,
            "specialist": lambda: row.specialist, "number_matches": lambda: row.number,
            "escalations": lambda: session.scalar(sa.select(sa.func.count()).select_from(EscalationRow).where(EscalationRow.ticket_id == row.id))}

    def _about_all(self, session: Session, expected: Expectation) -> Iterator[tuple[str, Any, Any, bool]]:
        for code, wanted in expected.claims.get("figure", {}).items():
            found = figures.fraction(self.hotline, session, code, self.now)
            yield f"figure.{code}", wanted, found, found == wanted
        tables = {"messages": MessageRow, "events": EventRow, "tickets": TicketRow, "calls": CallRow, "timers_fired": TimerFireRow,
                  "fired_late": TimerFireRow,
                  "escalations": EscalationRow}
        for name, wanted in expected.claims.get("count", {}).items():
            found = session.scalar(sa.select(sa.func.count()).select_from(tables[name]).where(_late() if name == "fired_late" else sa.true()))
            yield f"count.{name}", wanted, found, found == wanted
        if "unguarded" in expected.claims:
            lost = audit.unguarded(self.hotline, session)
            yield "unguarded", expected.claims["unguarded"], len(lost), len(lost) == expected.claims["unguarded"]
        yield from office.claims(self.hotline, session, expected.claims, self.now)


def _late() -> sa.ColumnElement[bool]:
    return TimerFireRow.late_ms > 0


def callback_state(session: Session, row: TicketRow) -> str:
    """none, due, reached or unreachable: reached only if somebody spoke to the customer or they answered in writing."""
    reached = any(f.fields.get("contact_result") in ("reached", "refused") for f in session.scalars(
        sa.select(FormRow).where(FormRow.ticket_id == row.id, FormRow.code == "F04")))
    if row.state == State.CALLBACK_DUE and row.callback_needed and not row.details.get("answer"):
        return "due"
    if row.evidence == Evidence.UNREACHABLE:
        return "unreachable"
    return "reached" if reached else "none"


def _callback_due(session: Session, row: TicketRow) -> datetime | None:
    return session.scalar(sa.select(PromiseRow.due_at).where(PromiseRow.ticket_id == row.id, PromiseRow.clock == Clock.CALLBACK)
                          .order_by(PromiseRow.id.desc()).limit(1))


def _about_call(call: CallRow) -> dict[str, Callable[[], Any]]:
    return {"state": lambda: call.state, "answered_by": lambda: call.answered_by, "return_call": lambda: call.return_call,
            "ring_count": lambda: calls.ring_count(call.ring_started_at, call.answered_at), "hold_seconds": lambda: call.hold_ms / 1000}


def _told(session: Session, messages: list[MessageRow], owner: str | None, name: str, wanted: list[str]) -> Iterator[tuple[str, Any, Any, bool]]:
    """Roles or people with a message. A role counts as told through the role it was addressed in, or through a holder of the badge."""
    people = facts.people(session)
    told = {m.to for m in messages}
    roles = {role for m in messages for role in m.role.split()}
    for who in wanted:
        role = ROLE_WORDS.get(who, who)
        found = who in told or role in roles or (role == Role.OWNER and owner in told)
        if name == "told" and who not in people:
            found = found or any(u in people and role in people[u].roles for u in told)
            found = found or (role == Role.TECHNICIAN and bool(roles & {Role.HANDLER, Role.QUALIFIED}))
        yield f"{name} {who}", name == "told", found, found == (name == "told")


def _shown(value: Any) -> str:
    return refusals.shown(value) if value is not None else "无"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def stage(script: Script, rulebook: Rulebook, url: str = "sqlite://") -> Hotline:
    """A fresh hotline with the demo company, ready for *script*.

    Raises:
        Unusable: the database already holds tickets, or `on_duty` names nobody we know.
    """
    store = Store(make_engine(url))
    in_memory = url in ("sqlite://", "sqlite:///:memory:")
    schema.create_at_once(store.engine) if in_memory else schema.upgrade(store.engine)
    with store.transaction() as session:
        if not in_memory and session.scalar(sa.select(TicketRow.id).limit(1)) is not None:
            raise Unusable(f"{store.engine.url}: 已有工单,排练须用空库 (holds tickets; rehearse on an empty database)")
        until = script.end + timedelta(days=8)
        if not session.scalar(sa.select(sa.func.count()).select_from(PersonRow)):
            company.load(session, script.start, until, password_hash=people.NO_PASSWORD)
        if script.on_duty is not None:
            for user in script.on_duty:
                Rehearsal._known_person(f"{script.name}: on_duty", user, facts.people(session))
            company.on_duty_exactly(session, list(script.on_duty), script.start - timedelta(days=1), until)
    own = rulebook.copy()  # a file may change the rules; the next one begins with these again
    own.install(store, script.start)
    return Hotline(store, own)
