"""The course of a figure as a spark beside it, with the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from callcenter.domain.figures import Figure
from callcenter.domain.pictures import Drawing, spark
from callcenter.services.pictures.course import WEEKS, Courses


@dataclass(frozen=True, slots=True)
class Spark:
    """A small drawing, and what it shows for whoever cannot see it."""

    drawing: Drawing
    said: str


def sparks(courses: Courses) -> dict[str, Spark]:
    """A spark for each figure that has a value in two weeks at least."""
    return {code: _spark(held) for code, held in courses.items() if sum(f is not None for f in held) > 1}


def _spark(held: Sequence[Figure | None]) -> Spark:
    known = [f for f in held if f is not None]
    least, most = (choose(known, key=lambda f: f.value or 0).text for choose in (min, max))
    said = gettext("近 %(n)s 周：最低 %(least)s，最高 %(most)s，最后 %(last)s", n=WEEKS, least=least, most=most, last=known[-1].text)
    return Spark(spark([f.value if f is not None else None for f in held]), str(said))
