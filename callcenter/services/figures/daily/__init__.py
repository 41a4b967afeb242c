"""The figures by local day: kept up to date piece by piece, read in an instant, and always exactly what counting the rows gives."""

from callcenter.services.figures.daily.answering import Answer, answer, answer_by, occurring
from callcenter.services.figures.daily.checking import Difference, differences
from callcenter.services.figures.daily.refreshing import rebuild, refresh
from callcenter.services.figures.daily.state import Freshness, freshness

__all__ = ["Answer", "Difference", "Freshness", "answer", "answer_by", "differences", "freshness", "occurring", "rebuild", "refresh"]
