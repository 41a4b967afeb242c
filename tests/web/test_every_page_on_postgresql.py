"""Every page, and every page one click from it, is answered on PostgreSQL as well: the other tests of pages run on SQLite."""

import re
from collections import Counter
from html import unescape

import pytest

from tests.hotlines import fill, open_hotline
from tests.servers import fresh_postgres_database
from tests.web.every_page import NOT_HERE, stops
from tests.web.furnished import furnish
from tests.web.test_roles import BADGES

#: filters, tabs, other pages of a list: the same page asked otherwise; files are made elsewhere
_ASKED = re.compile(r'href="(/[^"#]*\?[^"#]*)"')
#: of links to one page that ask about the same, so many are followed
ALIKE = 2
_FILE = re.compile(r"/(csv|xlsx|pdf|file|export)\b|\.(csv|xlsx|pdf)\b")


@pytest.fixture
def house(postgres_url, monkeypatch):
    with fresh_postgres_database(postgres_url) as url:
        fill(url)
        hotline = open_hotline(url)
        yield furnish(hotline, monkeypatch)
        hotline.store.engine.dispose()


def test_every_page_and_every_filter_on_it_is_answered(house):
    office = house.office
    clients = {None: office.app.test_client(), **{badge: office.visitor(user).client for badge, user in BADGES.items()}}
    waiting, clicked, wrong = stops(house), Counter(), {}
    while waiting:
        badge, address = waiting.pop()
        answer = clients[badge].get(address)
        if answer.status_code not in (200, 302, 303) and not (answer.status_code == 404 and NOT_HERE.search(address)):
            wrong[address] = answer.status_code
        for link in () if "?" in address else sorted({unescape(one) for one in _ASKED.findall(answer.get_data(as_text=True))}):
            clicked[_kind(link)] += 1
            if clicked[_kind(link)] <= ALIKE and not _FILE.search(link):
                waiting.append((badge, link))
    assert wrong == {}


def _kind(link: str) -> tuple[str, ...]:
    """Its path, and what it asks about."""
    path, _, asked = link.partition("?")
    return path, *sorted(one.partition("=")[0] for one in asked.split("&"))
