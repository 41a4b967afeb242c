"""The figures K01–K40 (DOMAIN.md 9): the catalogue, the cases each is made of, and how cases become figures."""

from callcenter.domain.figures.calls import SHORT_ABANDON, THREE_RINGS, Heard, Span
from callcenter.domain.figures.cases import Case, Dimension, Mark, from_ms, to_ms
from callcenter.domain.figures.catalogue import FIGURES, Definition, Theme, Unit, When
from callcenter.domain.figures.facts import Answer, TicketFact
from callcenter.domain.figures.figure import FEW, Figure, Tally, counted
from callcenter.domain.figures.promised import Promised
from callcenter.domain.figures.tickets import cases_of

__all__ = ["FEW", "FIGURES", "SHORT_ABANDON", "THREE_RINGS", "Answer", "Case", "Definition", "Dimension", "Figure", "Heard", "Mark", "Promised",
           "Span", "Tally", "Theme", "TicketFact", "Unit", "When", "cases_of", "counted", "from_ms", "to_ms"]
