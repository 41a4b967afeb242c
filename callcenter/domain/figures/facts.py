"""What the figures look at of one ticket: plain values, read by whoever has the rows."""

from dataclasses import dataclass, field
from typing import NamedTuple

from callcenter.domain.figures.cases import Dimensions, Ms
from callcenter.domain.figures.promised import Moved, Promised


class Answer(NamedTuple):
    """One follow-up attempt (F04)."""

    at: Ms
    #: the customer was spoken to, or answered in writing
    reached: bool
    satisfaction: str | None = None
    kind: str = "record_callback"
    solved: bool | None = None

    @property
    def declined(self) -> bool:
        """Reached, but unwilling to say (CB12)."""
        return self.reached and self.satisfaction is None


@dataclass(slots=True)
class TicketFact:
    """One ticket. Times are milliseconds; what is of its matter comes with the ticket that leads the matter."""

    number: str
    type: str
    state: str
    received_at: Ms
    #: when the work was completed for the first time, whatever came later
    completed_at: Ms | None = None
    closed_at: Ms | None = None
    #: when the customer was first given an answer (complaints)
    replied_at: Ms | None = None
    evidence: str | None = None
    cycle: int = 1
    #: a child of a mass incident: the records are its parent's
    child: bool = False
    #: judged valid, and when (complaints)
    valid: bool = False
    valid_at: Ms | None = None
    owner_approved: bool = True
    responder_told: bool = False
    slip_returned: bool = False
    signed: bool = False
    #: longer than a week was approved (F09)
    special_case: bool = False
    #: the customer agreed beforehand (F22)
    consented: bool = False
    #: second postponements that were refused
    refused_second: tuple[Ms, ...] = ()
    #: verdicts on the contractor's work (F26): when, passed
    verified: tuple[tuple[Ms, bool], ...] = ()
    #: dispatches that needed a certificate: when, by a valid holder, to whom
    certified: tuple[tuple[Ms, bool], ...] = ()
    answers: tuple[Answer, ...] = ()
    promises: tuple[Promised, ...] = ()
    #: what happened to the time its completion was promised for, in the order of the ledger (none: it never moved)
    moved: tuple[Moved, ...] = ()
    #: the stretches in which it was open, where it was closed and taken up again (none: from its receipt to its closing)
    stood: tuple[tuple[Ms, Ms | None], ...] = ()
    #: what broke, where it counts as a fault: the building or the common part (K36)
    fault_at: str | None = None
    #: the first ticket of its matter that counts
    leads: bool = True
    #: a later ticket took the same matter up again
    taken_up_again: bool = False
    #: the matter's one postponement by the company, told and granted
    postponed_at: Ms | None = None
    #: the first new time the customer was told of before the old one was over
    told_at: Ms | None = None
    #: what it was promised for when it was late and promised once more
    recovered: Ms | None = None
    #: the customer came a second time about it
    again_at: Ms | None = None
    dimensions: Dimensions = field(default_factory=dict)
    #: cycle → the same with that cycle's technician, where it is not the last one's
    by_cycle: dict[int, Dimensions] = field(default_factory=dict)

    def dimensions_in(self, cycle: int) -> Dimensions:
        return self.by_cycle.get(cycle, self.dimensions)

    def reached(self) -> bool:
        return any(a.reached for a in self.answers)
