"""The ledgers as pages: live tables cut down by their address, saved views, exports and their progress, lists on paper."""

from callcenter.web.ledgers import exporting, tables, views  # noqa: F401 - they add their addresses to the blueprint
from callcenter.web.ledgers.shared import blueprint

__all__ = ["blueprint"]
