"""Figures as a report lists them: both numbers, the target, whether it was met, and the tickets that fell short."""

from collections.abc import Iterator, Mapping, Sequence

from callcenter.domain.figures import Figure
from callcenter.domain.figures.catalogue import Unit
from callcenter.services.reports.sheet import Both, Cell, Missed, share

COLUMNS = "编号|Code  指标|Figure  结果|Result  目标|Target  达标|Met  口径|Formula"
#: of each row, what is compared when the report is recounted
COMPARED = (0, 2)
#: figures whose target is a ceiling
CEILINGS = frozenset({"K03", "K04b", "K10", "K11", "K12", "K18", "K20"})


def rows(figures: Sequence[Figure], targets: Mapping[str, float]) -> Iterator[tuple[Cell, ...]]:
    """Every figure; fewer than thirty cases are marked and judged by nobody."""
    for figure in figures:
        target = targets.get(figure.code)
        yield figure.code, Both(figure.zh, figure.en), result(figure), aim(figure.code, target), verdict(figure, target), Both(
            figure.formula, figure.formula_en)


def result(figure: Figure) -> Cell:
    """29/30 96.6%, with the number of cases where they are few; a count or a length of time as what it is."""
    if figure.unit is Unit.COUNT:
        return Missed(str(figure.numerator), figure.cases)
    if figure.unit in (Unit.SECONDS, Unit.MEDIAN):
        return None if figure.value is None else f"{figure.value:.1f} s (n={figure.denominator})"
    few = f" (n={figure.denominator})" if figure.denominator and figure.few else ""
    return Missed(share(figure.numerator, figure.denominator) + few, figure.cases)


def aim(code: str, target: float | None) -> str | None:
    """The target as it reads: ≥ 98%, ≤ 2%."""
    return None if target is None else f"{'≤' if code in CEILINGS else '≥'} {target * 100:g}%"


def met(figure: Figure, target: float | None) -> bool | None:
    """Whether the target is met; None without a target or without a case."""
    if target is None or figure.value is None:
        return None
    return figure.value <= target if figure.code in CEILINGS else figure.value >= target


def verdict(figure: Figure, target: float | None) -> Cell:
    """✓ or ▲ in words; a dash where few cases judge nobody."""
    reached = met(figure, target)
    if reached is None or figure.few:
        return None
    return Both("✓ 达标", "✓ met") if reached else Both("▲ 未达标", "▲ missed")
