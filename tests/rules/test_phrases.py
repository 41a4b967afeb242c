"""Words a customer must never hear, and what only looks like them (R074, F23)."""

import pytest

from callcenter.domain.phrases import FORBIDDEN, Hit, find, phrases


@pytest.mark.parametrize("phrase", sorted(FORBIDDEN))
def test_every_phrase_of_the_list_is_found_alone_and_in_a_sentence(phrase):
    assert find(phrase) == [Hit(phrase, 0)]
    assert phrases(f"您好,这件事{phrase},再见。") == [phrase]


@pytest.mark.parametrize("text", [
    "老人行动不便,请派人上门", "电梯停运,老人不行动不便也要走楼梯", "他腿脚不行,请协助", "听不清楚请再打一次", "请稍等一会儿", "您稍等一会",
    "请勿随便停放", "不知道您什么时候方便", "如有不清楚的地方请来电", "我们不管多晚都会到", "", None])
def test_what_only_looks_like_one_is_left_alone(text):
    assert find(text) == []


def test_somebody_elses_words_in_quotes_are_not_ours():
    assert find("您反映保安说“不知道”“没办法”,我们已批评教育") == []
    assert phrases("您反映保安说“不知道”,我们也没办法") == ["没办法"]


def test_the_longest_phrase_counts_once():
    assert phrases("实在没办法解决") == ["没办法解决"]
    assert phrases("我们不管") == ["我们不管"]


def test_spaces_inside_do_not_hide_it_and_the_place_is_that_of_the_text_as_written():
    assert find("这事 不 知 道") == [Hit("不知道", 3)]


def test_a_line_end_parts_words():
    assert find("今天不\n行动") == []


def test_the_same_phrase_twice_is_two_hits_and_one_phrase():
    assert len(find("随便,随便")) == 2
    assert phrases("随便,随便") == ["随便"]


def test_putting_somebody_off_is_found_where_asking_politely_is_not():
    assert phrases("等一会再说") == ["等一会"]
    assert phrases("请稍等一会再说") == []
