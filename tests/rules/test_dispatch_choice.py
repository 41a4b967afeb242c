"""Who is offered for a job, in what order, and the reason shown for every place in the list (DOMAIN.md 3.4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain import dispatching
from callcenter.domain.ticket import Duty, Person
from callcenter.domain.vocabulary import Role, State, TicketType, Trade
from tests.hotlines import NINE
from tests.rules.test_rights import POLICY, staff, ticket


def offered(load=None, urgent=None, last=None, compounds=None, on=None):
    """The plumbers for a blocked drain in 青禾家园: user → reasons, best first."""
    company = staff(NINE)
    people = {**company.people, **{u: replace(company.people[u], compounds=frozenset(c)) for u, c in (compounds or {}).items()}}
    duty = {**company.duty, "plumber03": Duty(frozenset({Role.TECHNICIAN}), None, acting=frozenset({Role.TECHNICIAN}))}
    there = replace(company, people=people, duty=duty, load=load or {}, urgent_load=urgent or {}, last_sent=last or {})
    found = dispatching.candidates(POLICY, there, on or ticket(TicketType.DAILY_REPAIR, State.NEW), NINE)
    return {c.person.user: [zh for zh, _ in c.reasons] for c in found}


def test_the_own_compound_comes_before_whoever_is_free_elsewhere():
    found = offered(load={"plumber01": 2}, compounds={"plumber02": ["WTL"], "plumber03": ["QH"], "plumber01": ["QH"]})
    assert list(found) == ["plumber03", "plumber01", "plumber02"]
    assert found == {"plumber03": ["水工", "本小区", "空闲"], "plumber01": ["水工", "本小区", "在办 2 件", "均可让急修"],
                     "plumber02": ["水工", "跨小区支援", "空闲"]}


def test_the_fewest_jobs_come_first_and_jobs_that_can_wait_before_urgent_ones():
    found = offered(load={"plumber01": 2, "plumber02": 1, "plumber03": 1}, urgent={"plumber02": 1})
    assert found == {"plumber03": ["水工", "本小区", "在办 1 件", "均可让急修"], "plumber02": ["水工", "本小区", "在办 1 件", "其中急修 1 件"],
                     "plumber01": ["水工", "本小区", "在办 2 件", "均可让急修"]}
    assert list(found) == ["plumber03", "plumber02", "plumber01"]


def test_of_equals_the_one_who_has_waited_longest_comes_first_and_says_so():
    found = offered(last={"plumber01": 9, "plumber02": 7, "plumber03": 8})
    free = ["水工", "本小区", "空闲"]
    assert found == {"plumber02": [*free, "最久未派"], "plumber03": free, "plumber01": free}
    assert list(found) == ["plumber02", "plumber03", "plumber01"]


def test_no_two_places_that_differ_show_the_same_reasons():
    found = offered(load={"plumber01": 1, "plumber02": 2, "plumber03": 2}, urgent={"plumber02": 2}, last={"plumber01": 3})
    assert list(found) == ["plumber01", "plumber03", "plumber02"]
    assert len({tuple(reasons) for reasons in found.values()}) == 3


@pytest.mark.parametrize(("left", "fit"), [
    (timedelta(milliseconds=1), None), (timedelta(0), "no_certificate"), (-timedelta(days=1), "no_certificate")])
def test_a_certificate_holds_to_its_last_millisecond(left, fit):
    company, on = staff(NINE), ticket(TicketType.DAILY_REPAIR, State.NEW, category="204")
    known: Person = company.people["electrician01"]
    person = replace(known, certificates={POLICY.certificates[Trade.ELECTRICIAN]: NINE + left})
    assert dispatching.unfit(POLICY, company, on, person, NINE) == fit
