"""What every picture of the page is asked with, and the addresses of the lists behind them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Staff
from callcenter.services.overseeing.board_figures import Words
from callcenter.services.pictures import Ask
from callcenter.web.spans import Span


@dataclass(frozen=True, slots=True)
class Asking:
    """The question, the words for its answer, and who asks."""

    session: Session
    ask: Ask
    span: Span
    words: Words
    staff: Staff
    user: str
    policy: Policy

    def figure(self, code: str, part: str = "denominator", **where: str) -> str:
        """The cases behind a figure of this period."""
        asked: dict[str, Any] = {**self.span.asked, **where}
        return url_for("supervise.figure", code=code, part=part, **asked, _anchor="cases")

    def figure_in(self, code: str, first: date, after: date, part: str = "denominator") -> str:
        """The same in a stretch of it."""
        days = {"period": "dates", "first": first.isoformat(), "last": (after - timedelta(days=1)).isoformat()}
        asked: dict[str, Any] = self.span.other(**days)
        return url_for("supervise.figure", code=code, part=part, **asked, _anchor="cases")

    def ledger(self, **where: str) -> str | None:
        """The repair ledger cut down to what came in within the period; none where there are no ledgers."""
        return self._ledger("F02", **where)

    def jobs(self, user: str) -> str | None:
        """What somebody was sent to in the period."""
        return self._ledger("F03", technician=user)

    def _ledger(self, code: str, **where: str) -> str | None:
        if not self.has("ledgers.show"):
            return None
        asked: dict[str, Any] = {**({"compound": self.ask.compound} if self.ask.compound else {}), **where}
        return url_for("ledgers.show", code=code, since=self.span.first_day, until=self.span.last_day, **asked)

    def listed(self, code: str, part: str = "denominator", **where: str) -> tuple[str, str]:
        """The same address with its name."""
        return self.figure(code, part, **where), str(gettext("%(code)s 的名单", code=code))

    def has(self, endpoint: str) -> bool:
        """Whether this installation has that page."""
        return endpoint in current_app.view_functions
