"""Materials written in parts become rows with their amount; everything else stays as it was written."""

import pytest

from callcenter.domain import materials


def test_a_line_in_parts_is_a_row_with_its_amount():
    assert materials.rows("铜球阀/DN20/2 个/35.5 元\n生料带") == [
        {"name": "铜球阀", "size": "DN20", "quantity": "2 个", "price": "35.5 元", "amount": 71.0},
        {"name": "生料带", "size": "", "quantity": "", "price": "", "amount": None}]


@pytest.mark.parametrize("typed", ["无", "none", "阀芯 1 个", "1/2 寸接头一只", "", None, [{"name": "阀芯"}]])
def test_what_is_not_written_in_parts_is_kept_as_it_is(typed):
    assert materials.rows(typed) == typed


def test_a_row_reads_in_the_order_of_the_form_however_it_was_stored():
    assert materials.line({"amount": 71.0, "name": "铜球阀", "price": "35.5", "quantity": "2 个", "size": "DN20"}) == "铜球阀 DN20 2 个 35.5 71"
    assert materials.line({"name": "生料带", "amount": None, "brand": "a"}) == "生料带 a"


@pytest.mark.parametrize(("held", "sum_"), [("无", 0.0), (None, 0.0), ([{"amount": 70.0}, {"amount": None}, {"amount": 0.1}], 70.1)])
def test_the_total_counts_what_has_a_price(held, sum_):
    assert materials.total(held) == sum_
