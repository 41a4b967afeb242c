"""Pictures as plain geometry: from numbers and their names to rectangles, lines, dots and words in a box; what draws them is elsewhere."""

from callcenter.domain.pictures.grid import heat
from callcenter.domain.pictures.lying import Event, Row, Spread, moments, pareto, spreads
from callcenter.domain.pictures.scales import nice, ticks, time_ticks
from callcenter.domain.pictures.shapes import Dot, Drawing, Line, Rect, Words, cut, wide
from callcenter.domain.pictures.upright import Column, Point, columns, spark, trend

__all__ = ["Column", "Dot", "Drawing", "Event", "Line", "Point", "Rect", "Row", "Spread", "Words", "columns", "cut", "heat", "moments", "nice",
           "pareto", "spark", "spreads", "ticks", "time_ticks", "trend", "wide"]
