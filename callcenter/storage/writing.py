"""Puts effects into rows. No rule lives here: each effect is written as it was decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Assign, Break, Count, Effect, Excuse, Keep, Move, Pause, Reopen, Resume, Save, Set, Stamp, Start, Void
from callcenter.domain.vocabulary import Clock, TicketType
from callcenter.storage import timers
from callcenter.storage.tables import AssignmentRow, Base, MatterRow, PromiseRow, TicketRow

_FORM = sa.insert(Base.metadata.tables["form"])
_PROMISES = sa.select(PromiseRow).where(
    PromiseRow.ticket_id == sa.bindparam("ticket"), PromiseRow.clock == sa.bindparam("called")).order_by(PromiseRow.id.desc())
_PROMISES_ABOUT = _PROMISES.where(PromiseRow.about == sa.bindparam("about_"))
_COLUMNS = frozenset(c.key for c in sa.inspect(TicketRow).column_attrs) - {"details"}


class Writer:
    """Writes the effects of one act on one ticket within a transaction."""

    def __init__(self, session: Session, policy: Policy, row: TicketRow, by: str, now: datetime) -> None:
        self.session, self.policy, self.row, self.by, self.now = session, policy, row, by, now

    def write(self, effect: Effect) -> None:
        """Write one effect; those that concern people (telling, escalating) are not for this class."""
        match effect:
            case Set(values):
                self._set(values)
            case Count(values):
                for name, value in values.items():
                    setattr(self.session.get_one(MatterRow, self.row.matter_id), name, value)
            case Start():
                self.start(effect)
            case Assign():
                self._assign(effect)
            case Stamp():
                self._stamp(effect)
            case Save(form, fields):
                self.session.connection().execute(_FORM, {"ticket_id": self.row.id, "code": form, "saved_at": self.now, "saved_by": self.by,
                                                          "fields": fields})
            case Keep() | Excuse() | Void() | Reopen() | Move() | Pause() | Resume() | Break():
                self._change(effect)

    def _set(self, values: Mapping[str, Any]) -> None:
        details = {k: v for k, v in values.items() if k not in _COLUMNS}
        for name in values.keys() - details.keys():
            setattr(self.row, name, values[name])
        if details:
            self.row.details = {**self.row.details, **details}

    def start(self, start: Start) -> PromiseRow:
        """A new promise with its armed timer."""
        promise = PromiseRow(ticket_id=self.row.id, clock=start.key, about=start.about, cycle=self.row.cycle,
                             started_at=start.started_at, due_at=start.due_at, first_due_at=start.due_at, paused_ms=0)
        self.session.add(promise)
        self.session.flush()
        rule = self.policy.promise(start.key, TicketType(self.row.type))
        if rule is not None:
            timers.begin(self.session, self.policy, rule, promise, self.row.appointment_start, self.now)
        return promise

    def _assign(self, assign: Assign) -> None:
        self.session.add(AssignmentRow(ticket_id=self.row.id, cycle=self.row.cycle, to=assign.to, at=assign.at, by=assign.by,
                                       team=assign.team, override=assign.override, reason=assign.reason))
        self.row.assignee = assign.to
        self.session.flush()

    def _stamp(self, stamp: Stamp) -> None:
        job = self.session.scalar(sa.select(AssignmentRow).where(
            AssignmentRow.ticket_id == self.row.id, AssignmentRow.cycle == self.row.cycle, AssignmentRow.voided_at.is_(None))
            .order_by(AssignmentRow.id.desc()).limit(1))
        if job is None:
            return
        setattr(job, stamp.name, stamp.at)
        if stamp.name == "voided_at":
            job.void_reason = stamp.reason
            self.row.assignee = None

    def _change(self, effect: Keep | Excuse | Void | Reopen | Move | Pause | Resume | Break) -> None:
        for promise in self._meant(effect):
            rule = self.policy.promise(Clock(promise.clock), TicketType(self.row.type))
            match effect:
                case Keep(_, at, _):
                    promise.kept_at = at
                    if at <= promise.due_at:
                        promise.broken_at = None
                case Excuse(_, at):
                    promise.excused_at = at
                case Void(_, at, _):
                    promise.voided_at = at
                case Reopen():
                    promise.kept_at = None
                case Move(_, due):
                    promise.due_at = due
                case Pause(_, at):
                    promise.paused_at = at
                case Resume(_, at):
                    self._resume(promise, at)
                case Break(_, _, at):
                    promise.broken_at = promise.broken_at or at
            if not isinstance(effect, Break):
                self._rearm(effect, promise, rule)

    def _rearm(self, effect: Effect, promise: PromiseRow, rule: Any) -> None:
        self.session.flush()
        timer = timers.of(self.session, promise)
        if timer is None or rule is None:
            timers.rest(self.session, promise)
        elif isinstance(effect, Move):
            timers.arm(self.session, self.policy, rule, promise, self.row.appointment_start, self.now)
        else:
            timers.set_next(self.session, self.policy, rule, promise, timer, self.row.appointment_start)

    @staticmethod
    def _resume(promise: PromiseRow, at: datetime) -> None:
        if promise.paused_at is None:
            return
        pause = at - promise.paused_at
        promise.due_at += pause
        promise.paused_ms += int(pause.total_seconds() * 1000)
        promise.paused_at = None

    def _meant(self, effect: Keep | Excuse | Void | Reopen | Move | Pause | Resume | Break) -> list[PromiseRow]:
        """The promises an effect is about: those that run, or, to be reopened, the one kept last."""
        about = getattr(effect, "about", None)
        rows = list(self.session.scalars(_PROMISES if about is None else _PROMISES_ABOUT,
                                         {"ticket": self.row.id, "called": effect.key, "about_": about}))
        if isinstance(effect, Reopen):
            return [r for r in rows[:1] if r.voided_at is None and r.excused_at is None and r.cycle == self.row.cycle]
        return [r for r in rows if r.kept_at is None and r.excused_at is None and r.voided_at is None]
