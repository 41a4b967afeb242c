"""Pictures of a report: drawn from what its page says, word for word, so that a signed report's pictures are those of its frozen numbers."""

from collections.abc import Mapping
from typing import Any

from callcenter.domain.pictures import Column, columns
from callcenter.web import charts
from callcenter.web.charts import Picture, number, percent


def pictures_of(section: Mapping[str, Any]) -> list[Picture]:
    """The distribution of response times, a picture for each step that has cases; nothing for other sections."""
    if section["key"] != "bands":
        return []
    heads = tuple(section["columns"])
    held = [(row[0], [int(cell) for cell in row[1:]]) for row in section["rows"] if all(cell.isdigit() for cell in row[1:])]
    return [_steps(n, name, heads, counts) for n, (name, counts) in enumerate(held) if sum(counts)]


def _steps(n: int, name: str, heads: tuple[str, ...], counts: list[int]) -> Picture:
    whole, labels = sum(counts), [head.replace(" ", "").replace("分钟", "分").replace("小时", "时") for head in heads[1:]]
    most = max(range(len(counts)), key=lambda at: (counts[at], -at))
    drawn = columns([Column(label, (count,), (f"{label}: {number(count)} ({percent(count / whole)})",))
                     for label, count in zip(labels, counts, strict=True)], number)
    return Picture(f"bands-{n}", name, f"{heads[1 + most]}: {number(counts[most])}/{number(whole)} ({percent(counts[most] / whole)})", drawn, heads,
                   (charts.plain(name, *map(number, counts)),), whole)
