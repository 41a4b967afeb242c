"""Messages: from roles to the people on duty at this second, one message a person, in their language (DOMAIN.md 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import promises, reaching, refusals
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Acknowledge, EndEscalations, Escalate, Staff, Start, Tell, Ticket, Void
from callcenter.domain.vocabulary import URGENT, Because, Clock, Role, Trigger
from callcenter.services import numbers
from callcenter.services.field import arrivals
from callcenter.services.hotline import Hotline
from callcenter.services.messages import number_rules
from callcenter.services.residents import opening
from callcenter.storage.store import wake_later
from callcenter.storage.tables import Base, CustomerRow, EscalationRow, TicketRow
from callcenter.storage.writing import Writer

#: customers may turn these off; never the notice of a postponement (DOMAIN.md 11.1)
PROGRESS = frozenset({"registered", "dispatched", "arriving", "finished", "appointment"})
#: who hears of a breach instead, one after the other
INSTEAD = (Role.SUPERVISOR, Role.LEAD, Role.PM, Role.QUALITY)

_MESSAGES = sa.insert(Base.metadata.tables["message"])


@dataclass(slots=True)
class Speaker:
    """Says what one act or one rung has to say about a ticket; nobody is told the same thing twice."""

    session: Session
    policy: Policy
    staff: Staff
    row: TicketRow
    ticket: Ticket
    writer: Writer
    key: str
    now: datetime
    told: list[tuple[str, str]]
    #: what this act or rung has said so far, by key; somebody who holds two of the roles told hears it once
    written: dict[str, dict[str, Any]]
    #: signs the link to the customer's page; without it there is none
    hotline: Hotline | None = None

    def say(self, effect: Tell | Escalate | Acknowledge | EndEscalations | Void) -> None:
        """Write what concerns people: messages, escalations, their acknowledgement and end."""
        match effect:
            case Tell():
                self._tell(effect)
            case Escalate():
                self._escalate(effect)
            case Acknowledge(id_, by, note):
                row = self.session.get_one(EscalationRow, id_)
                row.acknowledged_at, row.acknowledged_by, row.note = self.now, by, note
            case EndEscalations():
                self._end(effect)
            case Void(key, _, about) if key is Clock.ESCALATION_ACK and about:
                self.session.execute(sa.update(EscalationRow).where(EscalationRow.id == int(about), EscalationRow.ended_at.is_(None))
                                     .values(ended_at=self.now, outcome="climbed"))

    def _tell(self, tell: Tell) -> None:
        reached = [(role, user) for role in tell.roles for user in reaching.who(self.policy, self.staff, self.ticket, role, self.now)]
        if Role.CUSTOMER in tell.roles:
            self._to_customer(tell)
        for role, user in reached or (self._instead() if tell.notice == "breach" else ()):
            self._message(tell.notice, user, role, tell.said, tell.level)
        for user in tell.people:
            self._message(tell.notice, user, Role.RECEIVER, tell.said, tell.level)

    def _instead(self) -> list[tuple[Role, str]]:
        """Who hears of a breach when none of those it is for is on duty: whoever leads at that hour, by the roster (E11)."""
        for role in INSTEAD:
            if users := reaching.who(self.policy, self.staff, self.ticket, role, self.now):
                return [(role, user) for user in users]
        return []

    def _escalate(self, escalate: Escalate) -> None:
        """Tell the level; when nobody there can be reached it climbs at once, with that as the named reason."""
        rule = self.policy.escalation
        roles = escalate.tell or rule.roles(escalate.level)
        reached: dict[str, list[Role]] = {}
        for role in roles:
            for user in reaching.who(self.policy, self.staff, self.ticket, role, self.now):
                reached.setdefault(user, []).append(role)
        row = EscalationRow(ticket_id=self.row.id, level=escalate.level, trigger=escalate.trigger, clock=escalate.clock,
                            reason=escalate.reason, told=sorted(reached), at=self.now)
        self.session.add(row)
        self.session.flush()
        self.row.level = max(self.row.level, escalate.level)
        said = {"level": escalate.level, "reason": named(escalate.reason), "clock": escalate.clock or ""}
        for user, held in sorted(reached.items()):
            for role in held:
                self._message(escalate.notice, user, role, said, escalate.level)
        if not reached and escalate.level < rule.climb_to:
            row.ended_at, row.outcome = self.now, Trigger.NOBODY_REACHABLE
            self._escalate(Escalate(escalate.level + 1, Trigger.NOBODY_REACHABLE, escalate.reason, escalate.clock,
                                    notice="climbed", acknowledge=escalate.acknowledge))
            return
        if escalate.level < rule.acknowledge_from:
            return
        within = escalate.acknowledge or promises.acknowledge_within(self.policy, self.ticket, None)
        self.writer.start(Start(Clock.ESCALATION_ACK, self.now, self.now + within, str(row.id)))

    def _end(self, end: EndEscalations) -> None:
        query = sa.select(EscalationRow).where(EscalationRow.ticket_id == self.row.id, EscalationRow.ended_at.is_(None))
        if end.trigger is not None:
            query = query.where(EscalationRow.trigger == end.trigger)
        for row in self.session.scalars(query if end.clock is None else query.where(EscalationRow.clock == end.clock)):
            row.ended_at, row.outcome = self.now, end.outcome
            self.writer.write(Void(Clock.ESCALATION_ACK, self.now, str(row.id)))

    def _message(self, notice: str, user: str, role: Role, said: Mapping[str, Any], level: int) -> None:
        person = self.staff.people.get(user)
        if person is None:
            return
        channel = "call" if level >= 3 or (level == 2 and self.ticket.type in URGENT) else \
            "sms" if level == 2 or not person.can_sign_in or person.roles & {Role.TECHNICIAN, Role.CONTRACTOR} else "screen"
        self._write(notice, user, role, said, level, channel, person.phone, person.language)

    def _to_customer(self, tell: Tell) -> None:
        if self.ticket.contact_phone is None:
            return
        if number_rules.takes_no_texts(self.session, numbers.comparable(self.ticket.contact_phone)):
            if tell.notice not in PROGRESS:
                self._by_telephone(tell)
            return
        if tell.notice in PROGRESS and self._wants_no_texts():
            return
        said = {**tell.said, **self._their_own(self.policy.notices[tell.notice].zh)}
        self._write(tell.notice, "customer", Role.CUSTOMER, said, 0, "sms", self.ticket.contact_phone, "zh")

    def _their_own(self, text: str) -> dict[str, str]:
        """What only the customer is told: the code for the door, and the link to the page of their matter."""
        own: dict[str, str] = {}
        if "{code}" in text:
            own["code"] = arrivals.code(self.session, self.row) or ""
        if "{link}" in text and self.hotline is not None:
            address = opening.address(self.session, self.hotline, self.row, self.now)
            own["link"] = words(self.policy, "resident_link", {"text": address}, "zh") if address else ""
        return own

    def _by_telephone(self, tell: Tell) -> None:
        """What must be told, and may not be texted, is for the owner to say by telephone."""
        text = words(self.policy, tell.notice, {**about(self.ticket), **tell.said}, "zh")
        for user in reaching.who(self.policy, self.staff, self.ticket, Role.OWNER, self.now):
            self._message("tell_by_phone", user, Role.OWNER, {"text": text}, 0)

    def _wants_no_texts(self) -> bool:
        key = numbers.comparable(self.ticket.contact_phone)
        return bool(key and self.session.scalar(
            sa.select(CustomerRow.id).where(CustomerRow.phone_key == key, CustomerRow.no_texts).limit(1)))

    def _write(self, notice: str, user: str, role: Role, said: Mapping[str, Any], level: int, channel: str, phone: str | None, language: str) -> None:
        alone = self.key.startswith("timer:") and notice != "tell_by_phone"
        key = f"{self.key}:{user}" if alone else f"{self.key}:{notice}:{user}"
        said_before = self.written.get(key)
        if said_before is not None:
            said_before["role"] = " ".join(dict.fromkeys([*said_before["role"].split(), role]))
            return
        self.written[key] = {
            "key": key, "ticket_id": self.row.id, "recipient": user, "role": role, "phone": phone, "channel": channel, "notice": notice,
            "level": level, "text": words(self.policy, notice, {**about(self.ticket), **said}, language), "created_at": self.now,
            "next_try_at": self.now, "status": "sent" if channel == "screen" else "waiting",
            "sent_at": self.now if channel == "screen" else None}
        self.told.append((role.value, user))
        wake_later(self.session, "message")

    def write_down(self) -> None:
        """Put the messages into the outbox, all at once."""
        if self.written:
            self.session.connection().execute(_MESSAGES, list(self.written.values()))


_NAMED: Mapping[Any, Clock | Trigger | Because] = {word.value: word for words_ in (Because, Trigger, Clock) for word in words_}


def named(reason: Any) -> Any:
    """A reason as a reader of either language can have it: a clock's or trigger's name, else what was written."""
    return _NAMED.get(reason, reason)


def about(ticket: Ticket) -> dict[str, Any]:
    """What every notice may name."""
    return {"number": ticket.number, "type": ticket.type, "state": ticket.state, "where": ticket.place, "customer": ticket.customer_name,
            "content": ticket.content[:60], "category": ticket.category or "", "due": ticket.promise_at or ""}


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def words(policy: Policy, notice: str, said: Mapping[str, Any], language: str) -> str:
    """The text of a notice with everything filled in; what is not known is left empty."""
    text = policy.notices[notice]
    template = text.en if language.startswith("en") else text.zh
    company = policy.company[1 if language.startswith("en") else 0]
    values = {"company": company, "hotline": policy.hotline, **said}
    values |= {k: named(values[k]) for k in ("clock", "reason") if isinstance(values.get(k), str)}
    return template.format_map(_Blank({k: refusals.shown(v, language) for k, v in values.items()})).strip()


