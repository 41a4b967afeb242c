"""Every page there is, each by somebody who may open it: what the walks through all of them have in common."""

import re

from tests.web.furnished import Furnished
from tests.web.test_roles import BADGES, ROUTES, TICKET_ROUTES

#: answer with data, with a file, or with another page
NO_PAGES = {
    "/", "/live", "/desk/rooms", "/desk/state", "/desk/recordings/<int:recording_id>", "/phone/sdk/<name>", "/field/state",
    "/field/manifest.webmanifest", "/field/at/<code>", "/tickets/<number>/photos/<int:photo_id>", "/registers",
    "/reports/<kind>/<key>/<any(csv, xlsx, pdf):ending>", "/ledgers/exports/<int:key>", "/ledgers/exports/<int:key>/file", "/staffing/export",
    "/phones",  # needs a simulated line: tests/telephony/test_phones_page.py
}
#: nothing of its kind stands in the house that is walked
NOT_HERE = re.compile(r"/none\b|/999")
OPEN_PAGES = ("/sign-in", "/s/<token>", "/w/<token>")
#: a page again, as it looks by another address of it: rule, and what is asked after it; {number} is a ticket's
MORE_PAGES = (
    ("/desk", "?ticket={number}"), ("/desk", "?new=1"),
    ("/dispatch", "?compound=WTL&building=3"), ("/dispatch/day", "?date=2026-03-11"), ("/tickets", "?q=1602"),
)


def _pages() -> dict[str, tuple[str, str]]:
    """Rule of an address → one address of it, and who opens it: whoever sees most."""
    found = {}
    for method, address, rule, who in (*ROUTES, *((*route, "supervisor") for route in TICKET_ROUTES)):
        if method == "GET" and rule not in NO_PAGES:
            found[rule] = address, next(badge for badge in ("supervisor", *BADGES) if badge in who.split())
    return found


def stops(house: Furnished) -> list[tuple[str | None, str]]:
    """Every page by somebody who may open it, and the pages that need no sign-in."""
    pages = _pages()
    signed = [(badge, house.at.get(rule, address)) for rule, (address, badge) in pages.items()]
    number = house.at["/tickets/<number>"].rsplit("/", 1)[1]
    more = [(pages[rule][1], house.at.get(rule, pages[rule][0]) + asked.format(number=number)) for rule, asked in MORE_PAGES]
    return [*signed, *more, *((None, house.at.get(rule, rule)) for rule in OPEN_PAGES)]
