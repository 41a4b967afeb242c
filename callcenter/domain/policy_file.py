"""Reads workflows/*.toml into a Policy and refuses what the program could not carry out."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from callcenter.domain import checks
from callcenter.domain.policy import Category, Escalation, Flow, FollowUp, Ladder, Notice, Ownership, Policy, Postponement, PromiseRule, Rung, Step
from callcenter.domain.reading import PolicyError, Table, read
from callcenter.domain.telephone import MACHINE_CALLED
from callcenter.domain.telephone_file import read_telephone
from callcenter.domain.vocabulary import (
    OPEN,
    Action,
    Anchor,
    Channel,
    Clock,
    Condition,
    Deed,
    DispatchMode,
    Moment,
    Role,
    State,
    SuspendReason,
    TicketType,
    Trade,
)

FILES = ("hotline.toml", "flows.toml", "categories.toml", "notices.toml")

#: what ends a promise besides an action of the flows
ENDINGS = frozenset({"reached", "attempt", "call_answered", "call_resumed", "recorded", "returned", "confirmed", "handed_over"})

#: the clocks of days, weeks, months, surveys and shifts
PERIODS = (Clock.HANDOVER, Clock.DAILY_CLOSE, Clock.WEEKLY_REPORT, Clock.MONTHLY_REPORT, Clock.QUARTERLY_REPORT, Clock.SURVEY, Clock.YEARLY_REPORT)

EVERY_TYPE = frozenset(TicketType)


def parse(texts: Mapping[str, str]) -> Policy:
    """Read the four policy files.

    Args:
        texts: file name → its text.

    Raises:
        PolicyError: something is missing, unknown or cannot work; names file, line and the valid choices.
    """
    if missing := [name for name in FILES if name not in texts]:
        raise PolicyError(f"缺少规则文件 (missing policy file): {', '.join(missing)}")
    hotline, flows, categories, notices = (read(name, texts[name]) for name in FILES)
    versions = {name: table.whole("version", 1) for name, table in zip(FILES, (hotline, flows, categories, notices), strict=True)}
    ladders = {key: _ladder(key, table) for key, table in hotline.table("ladder").named()}
    escalation = _escalation(hotline.table("escalation"))
    policy = Policy(
        versions=versions,
        company=hotline.pair("company"),
        hotline=hotline.string("hotline"),
        ownership=_ownership(hotline.table("ownership")),
        promises=tuple(_promise(t, ladders) for t in hotline.tables("promise")),
        ladders=ladders,
        escalation=escalation,
        postponement=_postponement(hotline.table("postponement")),
        team_ahead=_single(hotline.table("team_dispatch"), "ahead"),
        follow_up=_follow_up(hotline.table("follow_up")),
        telephone=read_telephone(hotline.table("telephone")),
        signature=frozenset(_types(hotline.table("signature"), last=True)),
        targets=_targets(hotline.table("targets")),
        flows=_flows(flows),
        categories={key: _category(key, t) for key, t in categories.table("category").named()},
        warranty_years=_years(categories.table("warranty")),
        certificates={_trade(t, k): t.string(k) for t in [categories.table("certificate")] for k in t.raw},
        notices={key: Notice(key, *_both(t)) for key, t in notices.table("notice").named()},
    )
    for table in (hotline, flows, categories, notices):
        table.done()
    checks.run(policy, {"hotline.toml": hotline, "flows.toml": flows, "categories.toml": categories, "notices.toml": notices})
    return policy


def _both(table: Table) -> tuple[str, str]:
    both = table.string("zh"), table.string("en")
    table.done()
    return both


def _single(table: Table, key: str) -> timedelta:
    value = table.length(key)
    table.done()
    return value


def _types(table: Table, *, last: bool = False) -> frozenset[TicketType]:
    """The ticket types of a table: a list, or "all"."""
    if table.raw.get("types") == "all":
        table.seen.add("types")
        return EVERY_TYPE
    types = frozenset(table.words("types", TicketType))
    if last:
        table.done()
    return types


def _ownership(table: Table) -> Ownership:
    if table.string("owner") != Role.FIRST_RESPONDER:
        raise table.error("owner", f"只能是 (only): {Role.FIRST_RESPONDER}")
    ownership = Ownership(frozenset(table.words("may_transfer", Role)), table.length("absent_after"))
    table.done()
    return ownership


def _promise(table: Table, ladders: Mapping[str, Ladder]) -> PromiseRule:
    on = table.string("on", "ticket")
    if on not in ("ticket", "call", "period"):
        raise table.error("on", "可用 (valid): ticket, call, period")
    per = table.string("per")
    if per not in ("cycle", "matter", "each"):
        raise table.error("per", "可用 (valid): cycle, matter, each")
    ladder = table.string("ladder")
    if ladder not in ladders:
        raise table.error("ladder", f"{ladder!r} 没有这个阶梯;可用 (no such ladder; valid): {', '.join(ladders)}")
    rule = PromiseRule(
        key=table.word("key", Clock), on=on,
        types=_types(table) if on == "ticket" else frozenset(),
        channels=frozenset(table.words("channels", Channel, [])),
        start=table.word("from", Moment), until=_until(table), within=table.length("within"), within_for=_by_channel(table),
        promised=table.flag("promised"), per=per, windows=table.flag("windows"), by_shift_end=table.flag("by_shift_end"),
        excused_by=table.word("excused_by", Action) if "excused_by" in table else None,
        pauses=frozenset(table.words("pauses", SuspendReason, [])), ladder=ladders[ladder], workday=table.flag("workday"),
        signed_by=table.words("signed_by", Role, []), sent_to=table.words("sent_to", Role, []))
    if on == "period" and rule.key not in PERIODS:
        raise table.error("key", f"可用 (valid): {', '.join(PERIODS)}")
    if rule.workday and on != "period":
        raise table.error("workday", "服务时限不因节假日顺延,只用于报表 (only for reports: no promise to a customer waits for a holiday)")
    _check_signers(table, rule)
    table.done()
    return rule


def _check_signers(table: Table, rule: PromiseRule) -> None:
    """Whoever signs a report is named, and only there."""
    if ("confirmed" in rule.until) != bool(rule.signed_by):
        raise table.error("signed_by", "until = [\"confirmed\"] 的报表要写明由谁签发,其余不写 (names who signs a report, and only there)")
    if rule.sent_to and not rule.signed_by:
        raise table.error("sent_to", "只用于签发的报表 (only for reports that are signed)")


def _by_channel(table: Table) -> dict[Channel, timedelta]:
    """Lengths for single channels: within_for = { sms = "3min" }."""
    if "within_for" not in table:
        return {}
    inner = table.table("within_for")
    return {inner.choose(key, Channel, key): inner.length(key) for key in inner.raw}


def _until(table: Table) -> frozenset[str]:
    words = table.get("until", list)
    for word in words:
        if word not in ENDINGS:
            try:
                Action(word)
            except ValueError:
                raise table.error("until", f"{word!r} 不在词表中;可用 (valid): {', '.join([*Action, *sorted(ENDINGS)])}") from None
    return frozenset(words)


def _ladder(key: str, table: Table) -> Ladder:
    ladder = Ladder(key, table.length("acknowledge", timedelta(minutes=15)), tuple(_rung(t) for t in table.tables("rungs")))
    table.done()
    return ladder


def _rung(table: Table) -> Rung:
    rung = Rung(
        at=table.length("at", positive=False),
        anchor=table.word("from", Anchor, Anchor.DUE),
        tell=table.words("tell", Role, []),
        level=int(table.get("level", int, 0)),
        when=table.word("when", Condition) if "when" in table else None,
        do=table.word("do", Deed) if "do" in table else None,
        only=frozenset(table.words("only", TicketType, [])))
    table.done()
    return rung


def _escalation(table: Table) -> Escalation:
    levels = []
    for number, row in enumerate(table.get("levels", list)):
        if not isinstance(row, list) or not row:
            raise table.error("levels", f"第 {number + 1} 级没有人 (nobody on level {number + 1})")
        levels.append(tuple(table.choose("levels", Role, r) for r in row))
    for key in ("acknowledge_from", "climb_to"):
        if not 1 <= table.whole(key, 1) <= len(levels):
            raise table.error(key, f"应在 1 到 {len(levels)} 之间 (must lie between 1 and {len(levels)})")
    escalation = Escalation(
        tuple(levels), table.whole("acknowledge_from"), table.whole("climb_to"), table.length("acknowledge_urgent"),
        table.length("repeat"), table.length("repeat_top"), table.length("urge_every"), table.whole("suspensions", 1))
    table.done()
    return escalation


def _postponement(table: Table) -> Postponement:
    times = table.whole("times")
    if times > 1:
        raise table.error("times", "同一事项最多延期一次:可用 0 或 1 (at most once: 0 or 1)")
    known = ("reason", "told_at", "told_via", "attitude")
    needs = tuple(str(n) for n in table.get("needs", list))
    if strange := [n for n in needs if n not in known]:
        raise table.error("needs", f"{strange} 不在词表中;可用 (valid): {', '.join(known)}")
    rule = Postponement(times, table.length("longest"), needs, frozenset(table.words("call_required", TicketType)),
                        frozenset(table.words("approve_longer", Role)))
    table.done()
    return rule


def _follow_up(table: Table) -> FollowUp:
    shares: dict[TicketType, float] = {}
    for row in table.tables("share"):
        share = row.share("share")
        for type_ in _types(row):
            if type_ in shares:
                raise row.error("types", f"{type_} 出现了两次 (named twice)")
            shares[type_] = share
        row.done()
    rule = FollowUp(
        windows=tuple(_windows(table)), attempts=table.whole("attempts", 1), attempt_days=table.whole("attempt_days", 1),
        attempt_apart=table.length("attempt_apart"), wait_for_reply=table.length("wait_for_reply"), floor=table.share("floor"),
        sample=table.share("sample"), reopen_within=table.length("reopen_within"),
        unsatisfied_rounds=table.whole("unsatisfied_rounds", 1), automatic=frozenset(_automatic(table)), shares=shares)
    if rule.sample < rule.floor:
        raise table.error("sample", f"抽样比例低于下限 {rule.floor} (below the floor)")
    table.done()
    return rule


def _automatic(table: Table) -> Iterator[TicketType]:
    """Kinds whose samples a machine may call: never complaints, urgent work or what must be called in any case."""
    for name in table.get("automatic", list, []):
        if name not in set(TicketType) or TicketType(name) not in MACHINE_CALLED:
            raise table.error("automatic", f"{name!r} 须由人回访;可用 (people call these; valid): {', '.join(sorted(MACHINE_CALLED))}")
        yield TicketType(name)


def _windows(table: Table) -> Iterator[tuple[timedelta, timedelta]]:
    last = timedelta(0)
    for text in table.get("windows", list):
        match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", str(text))
        if match is None:
            raise table.error("windows", f"{text!r} 应写成如 09:00-12:00 (such as 09:00-12:00)")
        h1, m1, h2, m2 = (int(n) for n in match.groups())
        start, end = timedelta(hours=h1, minutes=m1), timedelta(hours=h2, minutes=m2)
        if not last <= start < end <= timedelta(days=1):
            raise table.error("windows", f"{text!r} 时段前后颠倒或重叠 (out of order or overlapping)")
        last = end
        yield start, end


def _targets(table: Table) -> dict[str, float]:
    for key in table.raw:
        if not re.fullmatch(r"K\d\db?", key):
            raise table.error(key, "应是指标编号 K01–K40 (a figure code K01–K40 was expected)")
    return {key: table.share(key) for key in table.raw}


def _flows(table: Table) -> dict[TicketType, Flow]:
    blocks = {name: (block, block.get("uses", list, []), block.get("steps", list)) for name, block in table.named()}
    flows = {}
    for type_ in TicketType:
        if type_ not in blocks:
            raise PolicyError(f"{table.file}: 缺少 [{type_}] (no flow for {type_})")
        steps: dict[tuple[State, Action], Step] = {}
        for name in [type_.value, *blocks[type_][1], "common"]:
            if name not in blocks:
                raise blocks[type_][0].error("uses", f"{name!r} 没有这一段;可用 (valid): {', '.join(blocks)}")
            for step in _steps(blocks[name][0], blocks[name][2]):
                steps.setdefault((step.state, step.action), step)
        flows[type_] = Flow(type_, steps)
    for block, _, _ in blocks.values():
        block.done()
    return flows


def _steps(block: Table, rows: list[object]) -> Iterator[Step]:
    for number, row in enumerate(rows):
        where = Table({}, block.file, block.text, (*block.path, "steps"))
        if not (isinstance(row, list) and len(row) == 4 and isinstance(row[0], str) and isinstance(row[3], list)):
            raise where.error(number, "应是 [状态, 动作, 之后, [谁]] (state, action, after, [who])")
        action = where.choose(number, Action, row[1])
        after = None if row[2] == "same" else where.choose(number, State, row[2])
        who = frozenset(where.choose(number, Role, r) for r in row[3])
        for name in row[0].split():
            states = OPEN if name == "open" else {where.choose(number, State, name)}
            for state in (s for s in State if s in states):
                yield Step(state, action, after, who)


def _category(key: str, table: Table) -> Category:
    category = Category(
        code=key, zh=table.string("zh"), en=table.string("en"), type=table.word("type", TicketType),
        trades=table.words("trades", Trade), public=table.flag("public"), payable=table.flag("payable"),
        certificate=table.flag("certificate"), may_be_urgent=table.flag("may_be_urgent"),
        second_call=table.flag("second_call"), warranty=table.get("warranty", str, None),
        script=table.get("script", str, None), price=table.get("price", (int, float), None),
        unit=table.get("unit", str, None), retired=table.flag("retired"), mode=table.word("mode", DispatchMode, DispatchMode.ASSIGN))
    table.done()
    return category


def _years(table: Table) -> dict[str, int]:
    years = {}
    for key in table.raw:
        match = re.fullmatch(r"(\d+)y", table.string(key))
        if match is None:
            raise table.error(key, "应写成年数,如 2y (years, such as 2y)")
        years[key] = int(match[1])
    return years


def _trade(table: Table, key: str) -> Trade:
    return table.choose(key, Trade, key)
