"""A ticket with what a line of a ledger needs of it: its dispatches, its forms, the people and the rules it runs under."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, FormRow, MatterRow, TicketRow


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket with what its line of a list needs."""

    row: TicketRow
    policy: Policy
    people: Mapping[str, Person]
    jobs: list[AssignmentRow]
    forms: list[FormRow]
    postponements: int
    language: str

    def name(self, user: str | None) -> str:
        return self.people[user].name if user and user in self.people else (user or "")

    @property
    def category(self) -> str:
        category = self.policy.categories.get(self.row.category or "")
        return f"{category.code} {category.label(self.language)}" if category else ""

    @property
    def job(self) -> AssignmentRow | None:
        """The last dispatch that stood."""
        return next((j for j in reversed(self.jobs) if j.voided_at is None), None)

    def of(self, code: str) -> dict[str, Any]:
        """All fields of one form, later records over earlier ones."""
        return folded(f for f in self.forms if f.code == code)

    def slip(self, job: AssignmentRow) -> dict[str, Any]:
        """What was written on the work order (F03) of one dispatch: from then until the next."""
        later = next((j.at for j in self.jobs if j.id > job.id), None)
        return folded(f for f in self.forms if f.code == "F03" and f.at >= job.at and (later is None or f.at < later))

    def record(self, first: FormRow, begins: Callable[[FormRow], bool]) -> dict[str, Any]:
        """A record with what was added to it later: a notice with its answer, a try with its review; until the next one *begins*."""
        after = [f for f in self.forms if f.code == first.code and f.id > first.id]
        until = next((f.id for f in after if begins(f)), None)
        return folded([first, *(f for f in after if until is None or f.id < until)])


def folded(forms: Iterable[FormRow]) -> dict[str, Any]:
    """The fields of several records, later ones over earlier ones."""
    return {k: v for f in forms for k, v in f.fields.items() if v is not None}


def cases(hotline: Hotline, session: Session, ids: Iterable[int], language: str) -> dict[int, Case]:
    """The tickets with these keys, each with what belongs to it: four queries however many they are."""
    wanted = sorted(set(ids))
    rows = list(session.scalars(sa.select(TicketRow).where(TicketRow.id.in_(wanted))))
    jobs: dict[int, list[AssignmentRow]] = {}
    forms: dict[int, list[FormRow]] = {}
    for job in session.scalars(sa.select(AssignmentRow).where(AssignmentRow.ticket_id.in_(wanted)).order_by(AssignmentRow.id)):
        jobs.setdefault(job.ticket_id, []).append(job)
    for form in session.scalars(sa.select(FormRow).where(FormRow.ticket_id.in_(wanted)).order_by(FormRow.id)):
        forms.setdefault(form.ticket_id or 0, []).append(form)
    found = session.execute(sa.select(MatterRow.id, MatterRow.postponements).where(MatterRow.id.in_({r.matter_id for r in rows})))
    moved, people = {int(id_): int(n) for id_, n in found}, facts.people(session)
    return {row.id: Case(row, hotline.rulebook.of(session, row.policy_id), people, jobs.get(row.id, []), forms.get(row.id, []),
                         moved[row.matter_id], language) for row in rows}


def case(hotline: Hotline, session: Session, number: str, language: str) -> Case | None:
    """The ticket of that number; None when there is none."""
    found = session.scalar(sa.select(TicketRow.id).where(TicketRow.number == number))
    return cases(hotline, session, [found], language)[found] if found is not None else None


__all__ = ["Case", "case", "cases", "folded"]
