"""A text answers the follow-up only when it is clear; a number that begins a sentence is none."""

import pytest

from callcenter.domain.short_answers import understood
from callcenter.domain.vocabulary import Satisfaction

GOOD, FAIR, BAD = Satisfaction.SATISFIED, Satisfaction.FAIRLY, Satisfaction.DISSATISFIED


@pytest.mark.parametrize(("text", "meant"), [
    ("1", GOOD), (" 2 ", FAIR), ("3", BAD), ("\uff11", GOOD), ("1。", GOOD), ("1满意", GOOD), ("3不满意", BAD), ("1 谢谢", GOOD), ("2,好的", FAIR),
    ("满意", GOOD), ("基本满意!", FAIR), ("不满意", BAD), ("very_satisfied", Satisfaction.VERY_SATISFIED), ("Dissatisfied", BAD),
    ("3 还在漏", BAD), ("3、没人来", BAD), ("3非常不满意", Satisfaction.VERY_DISSATISFIED)])
def test_a_clear_answer_is_taken(text, meant):
    assert understood(text) is meant


@pytest.mark.parametrize("text", ["12", "0", "4", "1号楼还在漏", "10分钟了没人来", "3号楼也漏", "1不满意", "3满意", "好的", "谢谢", "", "   ", "不行",
                                  "1 还在漏", "满意吗"])
def test_anything_else_waits_for_a_person(text):
    assert understood(text) is None
