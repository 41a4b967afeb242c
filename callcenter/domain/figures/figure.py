"""A figure with everything needed to check it, and how cases are summed into it. No data is no figure, never 0 or 100 %."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from callcenter.domain.figures.cases import Case, Mark
from callcenter.domain.figures.catalogue import FIGURES, Definition, Theme, Unit

#: fewer cases carry no colour
FEW = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over a period, as of an instant."""

    code: str
    zh: str
    en: str
    formula: str
    formula_en: str
    numerator: int
    denominator: int
    cases: tuple[str, ...] = field(default=())  #: what calls for a look: tickets or calls on the wrong side, each once
    excluded: int = 0
    unit: Unit = Unit.SHARE
    source: str = ""
    target: float | None = None
    ceiling: bool = False  #: the lower the better
    as_of: datetime | None = None
    middle: float | None = None  #: of a median: the seconds in the middle

    @property
    def value(self) -> float | None:
        """None when there is nothing to divide by; a number of things is itself."""
        if self.unit is Unit.COUNT:
            return self.numerator
        if self.unit is Unit.MEDIAN:
            return self.middle
        return self.numerator / self.denominator if self.denominator else None

    @property
    def n(self) -> int:
        """On how many cases it rests."""
        return self.denominator

    @property
    def missed(self) -> tuple[str, ...]:
        """What calls for a look."""
        return self.cases

    @property
    def theme(self) -> Theme:
        return FIGURES[self.code].theme

    @property
    def few(self) -> bool:
        """Too few cases to judge; numbers of things are judged always."""
        return self.unit in (Unit.SHARE, Unit.PER_HOUSEHOLD) and self.denominator < FEW

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without data, without a target, or with too few cases."""
        value = self.value
        if value is None or self.target is None or self.few:
            return None
        return value <= self.target if self.ceiling else value >= self.target

    @property
    def text(self) -> str:
        """"98.3 %" (cut: 99.96 % is not 100 %), "12 s", "3"; a dash when there is nothing to say."""
        return self.said(self.value)

    @property
    def target_text(self) -> str | None:
        return None if self.target is None else f"{'≤' if self.ceiling else '≥'} {self._short(self.target)}"

    def said(self, value: float | None) -> str:
        """A value of this figure's unit, as a person reads it."""
        if value is None:
            return "—"
        if self.unit is Unit.PER_HOUSEHOLD:
            return f"{value * 100:.2f} %"
        if self.unit is Unit.SHARE:
            return f"{int(value * 1000 + 1e-9) / 10:.1f} %"
        return f"{value:.0f} s" if self.unit in (Unit.SECONDS, Unit.MEDIAN) else f"{value:g}"

    def _short(self, value: float) -> str:
        return f"{value * 100:g} %" if self.unit in (Unit.SHARE, Unit.PER_HOUSEHOLD) else f"{value:g}"

    def against(self, target: float) -> "Figure":
        """The same, held against another target."""
        return replace(self, target=target)

    def label(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh

    def how(self, language: str = "zh") -> str:
        """The formula, as a person reads it."""
        return self.formula_en if language.startswith("en") else self.formula


class Tally:
    """Sums of the cases of one figure."""

    __slots__ = ("amounts", "definition", "excluded", "hits", "looked_at", "misses", "of_hits", "of_misses")

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.hits = self.misses = self.excluded = 0
        self.of_hits = self.of_misses = 0
        self.looked_at: dict[str, None] = {}
        #: of a median: whole seconds → how many
        self.amounts: Counter[int] = Counter()

    def add(self, case: Case) -> None:
        """One more case of this figure."""
        if case.mark is Mark.HIT:
            self.hits += 1
            self.of_hits += case.amount
        elif case.mark is Mark.MISS:
            self.misses += 1
            self.of_misses += case.amount
        else:
            self.excluded += 1
        if case.mark is self.definition.looked_at:
            self.looked_at[case.of] = None
        if self.definition.unit is Unit.MEDIAN and case.mark is Mark.HIT:
            self.amounts[case.amount // 1000] += 1

    def add_sums(self, hits: int, misses: int, excluded: int, of_hits: int, of_misses: int) -> None:
        """Many cases already summed up; which they were is not known."""
        self.hits += hits
        self.misses += misses
        self.excluded += excluded
        self.of_hits += of_hits
        self.of_misses += of_misses

    def figure(self, as_of: datetime, target: float | None = None, divided_by: int | None = None) -> Figure:
        """
        What they come to.

        Args:
            divided_by: what is divided by where that is not the number of cases (households, tickets received).
        """
        d = self.definition
        top, bottom = self.of_hits, self.hits + self.misses
        if d.weighed:
            bottom = self.of_hits + self.of_misses
        if d.outside:
            bottom = divided_by or 0
        if d.in_ms:
            top, bottom = round(top / 1000), round(bottom / 1000) if d.weighed else bottom
        return Figure(d.code, d.zh, d.en, d.formula, d.formula_en, top, bottom, tuple(self.looked_at), self.excluded, d.unit, d.source,
                      d.target if target is None else target, d.ceiling, as_of, _middle(self.amounts))


def _middle(amounts: Counter[int]) -> float | None:
    """The median of whole seconds; of an even number, the mean of the two in the middle."""
    half, more = divmod(amounts.total(), 2)
    if not half and not more:
        return None
    one = two = None
    passed = 0
    for second in sorted(amounts):
        passed += amounts[second]
        if one is None and passed >= half + more:
            one = second
        if passed > half:
            two = second
            break
    return None if one is None or two is None else (one + two) / 2


def counted(cases: Iterable[Case], as_of: datetime) -> dict[str, Figure]:
    """Every figure of the catalogue over these cases, in the order of the catalogue."""
    tallies = {code: Tally(d) for code, d in FIGURES.items()}
    for case in cases:
        tallies[case.code].add(case)
    return {code: tally.figure(as_of) for code, tally in tallies.items()}


__all__ = ["FEW", "Figure", "Tally", "counted"]
