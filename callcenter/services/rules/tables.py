"""The rules as a person reads them, from the very objects the engine runs: tables for the page, plain text for the command line."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import FIGURES
from callcenter.domain.forms import ACTS
from callcenter.domain.policy import Flow, Policy
from callcenter.domain.vocabulary import OPEN, Action, PostponeReason, Role, State, TicketType
from callcenter.services.rules.sentences import Telling
from callcenter.storage.tables import PolicyRow, TicketRow

Pair = tuple[str, str]  #: zh, en
_RULE: tuple[Pair, ...] = (("规则", "Rule"), ("内容", "Says"))
_LADDER: Pair = ("逐级提醒与上报", "Reminders and escalation")


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be read: its title, its head, its rows of plain text, and what must be said with it."""

    key: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Older:
    """An earlier version of the rules that open tickets still run under."""

    versions: str
    since: datetime
    tickets: int


def older_running(session: Session, in_force: int) -> list[Older]:
    """Earlier versions with the number of open tickets that run to their end under each; the newest first."""
    counted = (sa.select(TicketRow.policy_id, sa.func.count()).where(TicketRow.state.in_(OPEN), TicketRow.policy_id != in_force)
               .group_by(TicketRow.policy_id))
    found = {row[0]: row[1] for row in session.execute(counted)}
    rows = session.execute(sa.select(PolicyRow.id, PolicyRow.versions, PolicyRow.stored_at).where(PolicyRow.id.in_(found))
                           .order_by(PolicyRow.id.desc()))
    return [Older(told_versions(versions), stored_at, found[id_]) for id_, versions, stored_at in rows]


def told_versions(versions: Mapping[str, int]) -> str:
    """"flows.toml 2, hotline.toml 1"."""
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))


def tables(policy: Policy, language: str = "zh") -> list[Table]:
    """Everything but the flows, in the order of the files."""
    made = _Tables(Telling(policy, language))
    return [made.ownership(), made.promises(), made.calls(), made.telephone(), made.periods(), made.ladders(), made.levels(), made.postponement(),
            made.follow_up(), made.shares(), made.targets(), made.categories(), made.warranty(), made.notices()]


def flow_table(policy: Policy, type_: TicketType, language: str = "zh") -> Table:
    """How a ticket of one type goes: from which state, by which act, to which state, by whom."""
    return _Tables(Telling(policy, language)).flow(policy.flows[type_])


def render_text(policy: Policy, language: str = "zh") -> str:
    """All of the rules as plain text, for a terminal or a printer."""
    company = policy.company[1 if language.startswith("en") else 0]
    parts = [f"{company} · {policy.hotline}\n{told_versions(policy.versions)}"]
    parts += [_plain(table) for table in tables(policy, language)]
    parts += [_plain(flow_table(policy, type_, language)) for type_ in policy.flows]
    return "\n\n".join(parts) + "\n"


def _plain(table: Table) -> str:
    rows = [tuple(cell.replace("\n", "; ") for cell in row) for row in (table.head, *table.rows)]
    widths = [max(columns(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([f"== {table.title} ==", *([table.note] if table.note else []), lines[0], rule, *lines[1:]])


def columns(text: str) -> int:
    """How many columns of a terminal *text* takes: a Chinese character two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of one policy in one language."""

    told: Telling

    def _table(self, key: str, title: Pair, head: Sequence[Pair], rows: Iterable[Sequence[str]], note: str = "") -> Table:
        return Table(key, self.told.say(*title), tuple(self.told.say(*h) for h in head), tuple(tuple(row) for row in rows), note)

    def _rules(self, key: str, title: Pair, rules: Iterable[tuple[Pair, str]]) -> Table:
        return self._table(key, title, _RULE, ((self.told.say(*name), says) for name, says in rules))

    def ownership(self) -> Table:
        t, rule = self.told, self.told.policy.ownership
        absent = t.lasting(rule.absent_after)
        return self._rules("ownership", ("首问责任制", "Ownership"), (
            (("谁负责", "Who owns a ticket"), t.say("第一个接待的人,直到客户满意", "whoever took it first, until the customer is satisfied")),
            (("谁可以移交", "Who may move it"), t.listed(rule.may_transfer)),
            (("上班未到岗", "Owner absent"), t.say(f"{absent}后由值班长代理", f"after {absent} the shift lead acts"))))

    def promises(self) -> Table:
        t = self.told
        head = (("承诺", "Promise"), ("适用", "For"), ("从", "From"), ("到", "Until"), ("时限", "Within"), ("例外", "Except"), _LADDER)
        rows = [(p.key.label(t.language), t.types(p.types) + (f" ({t.listed(p.channels)})" if p.channels else ""), p.start.label(t.language),
                 t.until(p), t.within(p), t.exceptions(p), t.ladder(p.ladder.rungs)) for p in t.policy.promises if p.on == "ticket"]
        return self._table("promises", ("对客户的承诺", "Promises"), head, rows)

    def calls(self) -> Table:
        t = self.told
        head = (("承诺", "Promise"), ("从", "From"), ("到", "Until"), ("时限", "Within"), _LADDER)
        rows = [(p.key.label(t.language), p.start.label(t.language), t.until(p), t.within(p), t.ladder(p.ladder.rungs))
                for p in t.policy.promises if p.on == "call"]
        return self._table("calls", ("电话上的承诺", "Promises on the telephone"), head, rows)

    def telephone(self) -> Table:
        t, rule = self.told, self.told.policy.telephone
        all_at, every = t.lasting(rule.ring_all_after), t.lasting(rule.announce_every)
        ring_back, message, longest = t.lasting(rule.offer_return_after), t.lasting(rule.voicemail_after), t.lasting(rule.longest_wait)
        owner = t.say("在办事项的责任人;其次 ", "the owner of an open matter; then ") if rule.sticky else ""
        return self._rules("telephone", ("来电怎样接到人", "How calls are answered"), (
            (("先振谁", "Who is rung first"), owner + rule.strategy.label(t.language)),
            (("一次一人", "One at a time"), t.lasting(rule.ring_for)),
            (("全体振铃", "Everybody who is free"), t.say(f"{all_at}后,连同值班长", f"after {all_at}, and the shift lead")),
            (("连续未接,算离开", "Missed in a row, then away"), str(rule.missed_limit)),
            (("话后处理", "After-call work"), t.lasting(rule.wrap_up)),
            (("排队", "In line"), t.say(
                f"每 {every} 报一次位置;{ring_back}后可按 1 等回电,{message}后可按 2 留言;最多等 {longest},最多 {rule.most_waiting} 人",
                f"the place every {every}; 1 for a return call after {ring_back}, 2 for a message after {message}; "
                f"{longest} and {rule.most_waiting} callers at most")),
            (("录音", "Recording"), t.say("录,先说录音提示", "yes, after the notice") if rule.record else t.say("不录", "no")),
            (("菜单", "Menu"), "; ".join(t.say(*key.words) for key in rule.menu) or t.say("没有,直接转人工", "none, straight to a person")),
            (("一键转接", "Handed on at one press"), ", ".join(rule.emergency_numbers))))

    def periods(self) -> Table:
        t = self.told
        head = (("承诺", "Promise"), ("从", "From"), ("时限", "Within"), ("签发", "Signed by"), ("发给", "Sent to"), _LADDER)
        rows = [(p.key.label(t.language), p.start.label(t.language), t.within(p), t.named(p.signed_by), t.named(p.sent_to), t.ladder(p.ladder.rungs))
                for p in t.policy.promises if p.on == "period"]
        return self._table("periods", ("日结、周报与交接", "Days, weeks and handovers"), head, rows)

    def ladders(self) -> Table:
        t = self.told
        rows = []
        for ladder in t.policy.ladders.values():
            names = t.listed(p.key for p in t.policy.promises if p.ladder.key == ladder.key) or ladder.key
            rows += [(names if n == 0 else "", t.rung_at(r), t.rung_does(r)) for n, r in enumerate(ladder.rungs)]
        head = (("盯着哪个承诺", "Watches"), ("何时", "When"), ("做什么", "What happens"))
        return self._table("ladders", ("逐级提醒与上报", "Ladders"), head, rows)

    def levels(self) -> Table:
        t, rule = self.told, self.told.policy.escalation
        urgent, repeat, top, urge = (t.lasting(s) for s in (rule.acknowledge_urgent, rule.repeat, rule.repeat_top, rule.urge_every))
        note = t.say(
            f"每次升级须有人签收(急修、转警 {urgent}内),否则再升一级;走完仍无人处理每 {repeat}再催,最高级每 {top}再报。"
            f"{urge}内重复催单只计一次;挂起第 {rule.suspensions} 次起报主管。",
            f"Every escalation must be acknowledged (urgent: within {urgent}), else it climbs. After the last rung it is repeated "
            f"every {repeat}, on the top level every {top}. Urging again within {urge} counts once; from suspension number "
            f"{rule.suspensions} on the supervisor is told.")
        rows = [(f"L{n}", t.named(roles)) for n, roles in enumerate(rule.levels, start=1)]
        return self._table("levels", ("升级级别", "Escalation levels"), (("级别", "Level"), ("由谁处理", "Who acts")), rows, note)

    def postponement(self) -> Table:
        t, policy, rule = self.told, self.told.policy, self.told.policy.postponement
        labels = {f.name: f.label(t.language) for f in ACTS[Action.POSTPONE]}
        longest, ahead = t.lasting(rule.longest), t.lasting(policy.team_ahead)
        return self._rules("postponement", ("延期", "Postponement"), (
            (("次数", "How often"), t.say(f"同一事项最多 {rule.times} 次", f"{rule.times} time a matter at most")),
            (("最长", "How long"), t.say(f"自受理起 {longest}", f"{longest} after receipt")),
            (("必填", "Must be recorded"), t.join(labels.get(n, n) for n in rule.needs)),
            (("原因", "Reasons"), t.listed(PostponeReason)),
            (("须电话或当面告知", "By telephone or in person"), t.listed(rule.call_required)),
            (("更长须批准", "Longer: approved by"), t.listed(rule.approve_longer)),
            (("暂停计时的挂起", "Suspensions that stop the clock"), t.listed({r for p in policy.promises for r in p.pauses})),
            (("先派班组", "Team first"), t.say(f"预约在 {ahead}以后", f"for appointments {ahead} ahead or more")),
            (("完工须客户签字", "Signature needed"), t.listed(policy.signature) or "—")))

    def follow_up(self) -> Table:
        t, rule = self.told, self.told.policy.follow_up
        apart, wait, again = t.lasting(rule.attempt_apart), t.lasting(rule.wait_for_reply), t.lasting(rule.reopen_within)
        return self._rules("follow_up", ("回访", "Follow-up calls"), (
            (("回访时段", "Calling windows"), t.join(f"{_hour(a)}–{_hour(b)}" for a, b in rule.windows)),
            (("拨打次数", "Attempts"), t.say(f"{rule.attempts} 次,至少分 {rule.attempt_days} 天,间隔 {apart}",
                                         f"{rule.attempts}, on {rule.attempt_days} days at least, {apart} apart")),
            (("未接通", "Not reached"), t.say(f"发短信后再等 {wait}", f"a text, then {wait} of waiting")),
            (("抽样", "Sample"), t.say(f"{rule.sample:.0%},接通率不低于 {rule.floor:.0%}", f"{rule.sample:.0%}; at least {rule.floor:.0%} reached")),
            (("办结后再反映", "Raised again"), t.say(f"{again}内按返修", f"within {again}: rework")),
            (("不满意办结", "Closing unsatisfied"), t.say(
                f"满 {rule.unsatisfied_rounds} 轮再联系,书面答复,项目经理批准",
                f"after {rule.unsatisfied_rounds} rounds, a written reply and the project manager's approval"))))

    def shares(self) -> Table:
        shares = self.told.policy.follow_up.shares
        rows = [(t.label(self.told.language), f"{shares.get(t, 0.0):.0%}") for t in TicketType]
        return self._table("shares", ("回访比例", "Share called"), (("工单类型", "Type"), ("比例", "Share")), rows)

    def targets(self) -> Table:
        names = {code: self.told.say(zh, en) for code, (zh, en, *_) in FIGURES.items()}
        rows = [(code, names.get(code, code), f"{value * 100:g} %") for code, value in self.told.policy.targets.items()]
        return self._table("targets", ("指标目标", "Targets"), (("编号", "Code"), ("指标", "Figure"), ("目标", "Target")), rows)

    def categories(self) -> Table:
        t = self.told
        rows = [(c.code, c.label(t.language), c.type.label(t.language), t.named(c.trades), t.marks(c), t.price(c))
                for c in t.policy.categories.values()]
        head = (("代码", "Code"), ("类别", "Category"), ("工单类型", "Type"), ("工种", "Trades"), ("说明", "Notes"), ("价格", "Price"))
        return self._table("categories", ("报事类别", "Categories"), head, rows)

    def warranty(self) -> Table:
        t, policy = self.told, self.told.policy
        rows = [(t.part(part), t.say(f"{n} 年", f"{n} years")) for part, n in policy.warranty_years.items()]
        rows += [(trade.label(t.language), name) for trade, name in policy.certificates.items()]
        head = (("部位/工种", "Part or trade"), ("年限/证件", "Years or certificate"))
        return self._table("warranty", ("保修期与证件", "Warranty and certificates"), head, rows)

    def notices(self) -> Table:
        rows = [(key, self.told.say(n.zh, n.en)) for key, n in self.told.policy.notices.items()]
        return self._table("notices", ("对外说的、发的话", "Words spoken and sent"), (("名称", "Key"), ("原文", "Text")), rows)

    def flow(self, flow: Flow) -> Table:
        head = (("现在的状态", "From"), ("动作", "Act"), ("之后", "To"), ("谁可以做", "Who may"))
        return self._table(f"flow-{flow.type}", (flow.type.zh, flow.type.en), head, self._steps(flow))

    def _steps(self, flow: Flow) -> Iterator[tuple[str, ...]]:
        """One line for an act that leads from several states to one."""
        t = self.told
        grouped: dict[tuple[Action, State | None, frozenset[Role]], list[State]] = {}
        for step in flow.steps.values():
            after = step.after if step.after != step.state else None
            grouped.setdefault((step.action, after, step.who), []).append(step.state)
        for (action, after, who), states in grouped.items():
            stays = after.label(t.language) if after else t.say("不变", "unchanged")
            yield self._states(states), action.label(t.language), stays, t.listed(who)

    def _states(self, states: Sequence[State]) -> str:
        if not set(states) >= OPEN:
            return self.told.listed(states)
        ended = self.told.listed(s for s in states if s not in OPEN)
        return self.told.join(filter(None, (self.told.say("任何未办结状态", "any open state"), ended)))


def _hour(since: timedelta) -> str:
    minutes = int(since.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"
