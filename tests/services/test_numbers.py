"""One person, however their number is written (scenario 31)."""

import pytest

from callcenter.domain.ticket import Refused
from callcenter.services import numbers, places
from callcenter.services.telephone import calls
from tests.hotlines import NINE


@pytest.mark.parametrize("typed", [
    "13800000000", "+86 138-0000-0000", "013800000000", "138 0000 0000", "+8613800000000", "008613800000000", "１３８００００００００",
    "138/0000/0000", " 138-0000-0000 ",
])
def test_every_way_of_writing_a_mobile_number_is_the_same_number(typed):
    assert numbers.comparable(typed) == "+8613800000000"


@pytest.mark.parametrize(("typed", "kept"), [
    ("110", "110"), ("12345", "12345"), ("95588", "95588"), ("client:agent_1", "client:agent_1"), ("0755-12345678", "+8675512345678"),
    ("400-000-0000", "4000000000"), ("010-12345678 ext 12", "+861012345678;ext=12"),
])
def test_short_codes_landlines_and_extensions_are_kept_apart(typed, kept):
    found = numbers.comparable(typed)
    assert found == kept or found == "+86" + kept


@pytest.mark.parametrize("withheld", ["anonymous", "", "Restricted", "unknown", None, "+266696687"])
def test_a_withheld_number_is_no_number_and_the_call_is_taken_all_the_same(sqlite_hotline, withheld):
    assert numbers.comparable(withheld) is None
    arrival = calls.arrive(sqlite_hotline, f"c-{withheld}", withheld, NINE)
    assert arrival.households == []
    assert arrival.number is None


def test_the_caller_is_known_by_any_spelling(sqlite_hotline):
    for n, typed in enumerate(["19000000001", "+86 190-0000-0001", "019000000001"]):
        arrival = calls.arrive(sqlite_hotline, f"call-{n}", typed, NINE)
        assert [h.room for h in arrival.households] == ["梧桐里3栋2单元1602"]


@pytest.mark.parametrize("nonsense", ["abc", "1", "12" * 20, "---"])
def test_nonsense_is_refused_by_name(nonsense):
    with pytest.raises(Refused, match="number_invalid"):
        numbers.checked(nonsense)


@pytest.mark.parametrize(("number", "shown"), [("13812341234", "138****1234"), ("+8613812341234", "138****1234"), ("110", "110"), (None, "")])
def test_numbers_are_masked_but_short_codes_stay_readable(number, shown):
    assert numbers.masked(number) == shown


@pytest.mark.parametrize("typed", ["梧桐里3栋2单元1602", "梧桐里 3号楼 2单元 1602室", "梧桐里３幢２单元１６０２"])
def test_a_room_is_found_however_it_is_written(sqlite_hotline, typed):
    with sqlite_hotline.store.reading() as session:
        assert places.find(session, typed, None).text == "梧桐里3栋2单元1602"
