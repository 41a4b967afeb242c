"""Who stands on the red list and who on the black list of a quarter, by a rule anybody can recount (RP-Q)."""

from collections.abc import Iterator
from dataclasses import dataclass

from callcenter.domain.vocabulary import Word

#: fewer promises decided judge nobody
LEAST = 10
#: in time and satisfied for the red list; below the second number for the black one
GOOD, POOR = 0.98, 0.90
#: as many valid complaints put anybody on the black list
COMPLAINTS = 3


class Rating(Word):
    """Where a department or contractor stands."""

    RED = "red", "红榜", "Commended"
    BLACK = "black", "黑榜", "Named"
    NEITHER = "neither", "未上榜", "On neither list"
    FEW = "few", "样本不足", "Too few to judge"


@dataclass(frozen=True, slots=True)
class Record:
    """What somebody's quarter amounts to."""

    due: int
    kept: int
    answers: int
    content: int
    valid_complaints: int
    rework: int


def rate(record: Record) -> Rating:
    """The list *record* belongs on; the black one goes before the red one."""
    if record.valid_complaints >= COMPLAINTS:
        return Rating.BLACK
    if record.due < LEAST:
        return Rating.FEW
    if any(reasons(record)):
        return Rating.BLACK
    good = record.kept >= GOOD * record.due and record.content >= GOOD * record.answers
    return Rating.RED if good and not record.valid_complaints else Rating.NEITHER


def reasons(record: Record) -> Iterator[tuple[str, str]]:
    """Why somebody stands on the black list, in both languages."""
    if record.due >= LEAST and record.kept < POOR * record.due:
        yield "按时率低于 90%", "less than 90% in time"
    if record.answers >= LEAST and record.content < POOR * record.answers:
        yield "满意率低于 90%", "less than 90% satisfied"
    if record.valid_complaints >= COMPLAINTS:
        yield f"有效投诉 {record.valid_complaints} 件", f"{record.valid_complaints} valid complaints"


#: the rule as the report prints it
RULE = (
    (f"样本:到期承诺不足 {LEAST} 件的不评", f"Sample: with fewer than {LEAST} promises due nobody is judged"),
    ("红榜:按时率、满意率均不低于 98%,且没有有效投诉", "Commended: at least 98% in time and 98% satisfied, and no valid complaint"),
    (f"黑榜:按时率低于 90%,或满意率低于 90%(不少于 {LEAST} 份答复),或有效投诉 {COMPLAINTS} 件及以上",
     f"Named: less than 90% in time, or less than 90% satisfied (of at least {LEAST} answers), or {COMPLAINTS} valid complaints and more"),
    ("承诺:急修到场、约定到场、办结、二日反馈;豁免、作废的不计",
     "Promises: urgent arrival, agreed arrival, completion, two-day feedback; excused and void ones left out"),
)
