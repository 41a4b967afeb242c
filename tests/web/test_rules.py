"""The rules page and its plain text: the very objects the engine runs, in both languages, with a drawing for every type."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.vocabulary import Action, Clock, State, TicketType
from callcenter.services.rulebook import Rulebook
from callcenter.services.rules import flow_diagram, tables
from callcenter.services.rules.sentences import Telling
from tests.web.office import Office, one_office  # noqa: F401

POLICY = Rulebook().policy
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def rung(key: str, n: int, language: str = "zh") -> str:
    return Telling(POLICY, language).rung(POLICY.ladders[key].rungs[n])


def test_a_rung_is_a_sentence() -> None:
    assert rung("dispatch", 0) == "到期前 1 分钟,提醒 当前责任人、派单员"
    assert rung("dispatch", 0, "en") == "1 minute before the due time: remind Owner, Dispatcher"
    assert rung("dispatch", 1) == "到期时,升级 L1,报 派单员、值班长,并开放抢单"
    assert rung("dispatch", 2, "en") == "2 minutes after the due time: escalate to L2: CS supervisor, Department head"


def test_a_rung_says_when_it_keeps_quiet() -> None:
    assert rung("arrive_urgent", 0) == "到期前 15 分钟,提醒 派单员 (尚无人接单)"
    assert "only Urgent repair, Emergency referral" in rung("dispatch", 3, "en")


@pytest.mark.parametrize(("span", "zh", "en"), [
    (timedelta(seconds=15), "15 秒", "15 seconds"), (timedelta(seconds=150), "150 秒", "150 seconds"), (timedelta(minutes=3), "3 分钟", "3 minutes"),
    (timedelta(hours=48), "48 小时", "48 hours"), (timedelta(days=7), "7 天", "7 days"), (timedelta(0), "0 秒", "0 seconds"),
    (timedelta(minutes=-1), "1 分钟", "1 minute")])
def test_a_length_is_told_in_the_largest_unit_that_divides_it(span: timedelta, zh: str, en: str) -> None:
    assert (Telling(POLICY, "zh").lasting(span), Telling(POLICY, "en").lasting(span)) == (zh, en)


def test_the_text_holds_every_promise_every_type_every_category_and_the_versions() -> None:
    text = tables.render_text(POLICY)
    for word in [*(p.key.zh for p in POLICY.promises), *(t.zh for t in POLICY.flows), *(c.zh for c in POLICY.categories.values())]:
        assert word in text
    assert all(f"{name} {version}" in text for name, version in POLICY.versions.items())


def test_the_english_text_has_no_chinese_but_the_names_of_certificates() -> None:
    text = tables.render_text(POLICY, "en")
    for name in POLICY.certificates.values():
        text = text.replace(name, "")
    kept = [line for line in text.splitlines() if CHINESE.search(line)]
    assert kept == []


def test_the_columns_of_the_text_stand_under_each_other() -> None:
    text = tables.render_text(POLICY)
    table = text.split("== 升级级别 ==")[1].split("\n\n")[0].splitlines()[2:]
    dashes = table[1]
    second = dashes.index("  ") + 2
    for line in table[2:]:
        assert tables.columns(line[:line.index(line.split()[1])]) == second


def test_a_changed_number_is_what_the_text_says() -> None:
    slower = replace(POLICY, promises=tuple(replace(p, within=timedelta(minutes=4)) if p.key is Clock.DISPATCH else p for p in POLICY.promises))
    assert "4 分钟" in tables.render_text(slower).split("三分钟派单")[1].split("\n")[0]


def test_the_table_of_a_flow_joins_the_states_an_act_is_possible_in() -> None:
    table = tables.flow_table(POLICY, TicketType.URGENT_REPAIR)
    rows = {(row[1], row[2]): row for row in table.rows}
    assert rows["派单", "已派单"][0] == "已登记、返修/重办"
    assert rows["撤单", "已撤单"][0].startswith("任何未办结状态")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("type_", list(TicketType))
def test_every_change_of_state_is_drawn_or_told_beside_the_drawing(type_: TicketType, language: str) -> None:
    flow = POLICY.flows[type_]
    drawn = {(e.source, e.target, zh) for e in flow_diagram.edges(flow) for zh, _ in e.labels}
    told = {(s, after, action.zh) for states, action, after in flow_diagram.beside(flow) for s in states}
    reached = {State.NEW} | {target for _, target, _ in drawn}
    for step in flow.steps.values():
        if step.after is not None and step.after != step.state and step.state in reached:
            assert (step.state, step.after, step.action.zh) in drawn | told
    drawing = flow_diagram.diagram(flow, language)
    assert len(drawing.arrows) == len(flow_diagram.edges(flow))


@pytest.mark.parametrize("type_", list(TicketType))
def test_boxes_do_not_overlap_and_everything_lies_on_the_page(type_: TicketType) -> None:
    drawing = flow_diagram.diagram(POLICY.flows[type_], "en")
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        assert box.y >= 0
        assert box.y + box.height <= drawing.height
        for other in drawing.boxes:
            assert other is box or box.x + box.width < other.x or other.x + other.width < box.x or box.y != other.y
    texts = [t for a in drawing.arrows for t in a.texts]
    assert all(0 < t.x < drawing.width and 0 < t.y < drawing.height for t in texts)


def test_a_dissatisfied_customer_leads_back_to_the_work() -> None:
    edge = next(e for e in flow_diagram.edges(POLICY.flows[TicketType.URGENT_REPAIR]) if e.branch)
    assert (edge.source, edge.target) == (State.CALLBACK_DUE, State.REWORK)
    assert POLICY.flows[TicketType.URGENT_REPAIR].next(State.CALLBACK_DUE, Action.RECORD_CALLBACK)


@pytest.mark.parametrize("user", ["agent01", "plumber01", "builder01", "admin01", "auditor01"])
def test_everybody_signed_in_reads_the_rules(one_office: Office, user: str) -> None:  # noqa: F811
    page = one_office.visitor(user).page("/rules?type=complaint_service")
    assert "三分钟派单" in page
    assert '<svg class="flow"' in page
    assert "版本 1" in page
    assert 'aria-label="状态图：投诉·服务质量"' in page


def test_a_stranger_reads_nothing(one_office: Office) -> None:  # noqa: F811
    answer = one_office.app.test_client().get("/rules")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/rules")


def test_an_unknown_type_shows_the_urgent_one(one_office: Office) -> None:  # noqa: F811
    assert 'aria-label="State diagram: Urgent repair"' in one_office.visitor("agent01", "en").page("/rules?type=nonsense")


def test_tickets_that_run_under_older_rules_are_counted(one_office: Office) -> None:  # noqa: F811
    one_office.opens()
    assert "仍按旧版本办理的工单" not in one_office.visitor("agent01").page("/rules")
    texts = dict(one_office.hotline.rulebook.texts)
    version = one_office.hotline.rulebook.policy.versions["hotline.toml"]
    texts["hotline.toml"] = texts["hotline.toml"].replace(f"version = {version}", f"version = {version + 1}", 1)
    newer = Rulebook(texts)
    newer.install(one_office.hotline.store, one_office.hand.now)
    with one_office.hotline.store.reading() as session:
        older = tables.older_running(session, newer.id)
    assert [(o.tickets, f"hotline.toml {version}" in o.versions) for o in older] == [(1, True)]
