"""The sentences of the rules: a rung, a length of time, a promise's exceptions, told in one language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from callcenter.domain import pledges
from callcenter.domain.policy import Category, Policy, PromiseRule, Rung
from callcenter.domain.vocabulary import Action, TicketType, Word

#: what ends a promise and is no act of a flow: zh, en
ENDS = {"reached": ("打通客户", "customer reached"), "attempt": ("再次拨打", "another attempt"),
        "call_answered": ("接听", "answered"), "call_resumed": ("恢复通话", "resumed"),
        "recorded": ("登记或写明用途", "recorded"), "returned": ("已回拨", "called back")}
#: how often a promise is made
PER = {"cycle": ("每次办理,返修重新起算", "each round of work, anew with rework"), "matter": ("每个事项一次", "once a matter"),
       "each": ("每次发生", "every time it happens")}
#: the parts whose warranty counts
PARTS = {"waterproofing": ("防水", "waterproofing"), "pipes": ("给排水管道", "pipes"), "wiring": ("电气管线", "wiring"),
         "equipment": ("设备", "equipment"), "decoration": ("装修", "decoration"), "heating": ("供暖", "heating"),
         "structure": ("主体结构", "structure")}
#: what a category says of itself
_FLAGS = (("public", "公共区域", "public"), ("payable", "收费", "payable"), ("certificate", "须持证", "certificate"),
          ("may_be_urgent", "可升为急修", "may be urgent"), ("second_call", "二次回访", "second call"), ("retired", "已停用", "retired"))
_UNITS = ((86400, 5, "天", "day"), (3600, 1, "小时", "hour"), (60, 1, "分钟", "minute"), (1, 0, "秒", "second"))


@dataclass(frozen=True, slots=True)
class Telling:
    """Words of the policy in one language."""

    policy: Policy
    language: str

    def say(self, zh: str, en: str) -> str:
        """Whichever the reader reads."""
        return en if self.language.startswith("en") else zh

    def join(self, words: Iterable[str]) -> str:
        """Several things in a row."""
        return self.say("、", ", ").join(words)

    def named(self, words: Iterable[Word]) -> str:
        """Words by name, in the order given."""
        return self.join(w.label(self.language) for w in words)

    def listed(self, words: Iterable[Word]) -> str:
        """Words by name, in the order of their vocabulary."""
        wanted = set(words)
        return self.named(w for w in type(next(iter(wanted))) if w in wanted) if wanted else ""

    def types(self, types: frozenset[TicketType]) -> str:
        """The types a promise is made for."""
        return self.say("全部", "all") if len(types) == len(TicketType) else self.listed(types)

    def lasting(self, span: timedelta) -> str:
        """A length of time in the largest unit that divides it: 150 seconds, 48 hours, 7 days."""
        seconds = abs(int(span.total_seconds()))
        length, zh, en = next((u, zh, en) for u, least, zh, en in _UNITS if seconds % u == 0 and seconds // u >= least)
        n = seconds // length
        return self.say(f"{n} {zh}", f"{n} {en}{'' if n == 1 else 's'}")

    # ---- promises ------------------------------------------------------------------------------------

    def until(self, rule: PromiseRule) -> str:
        """What keeps the promise."""
        acts = [a.label(self.language) for a in Action if a.value in rule.until]
        return " / ".join(acts + [self.say(*words) for key, words in ENDS.items() if key in rule.until])

    def within(self, rule: PromiseRule) -> str:
        """How long it may take."""
        text = self.lasting(rule.within)
        if rule.promised:
            text = self.say(f"按约定,默认 {text}", f"as agreed, else {text}")
        return text + (self.say(",最迟当班结束", ", by the end of the shift at the latest") if rule.by_shift_end else "")

    def exceptions(self, rule: PromiseRule) -> str:
        """How often it is made, what excuses it, what stops or moves it: a line each."""
        said = [self.say(*PER[rule.per])]
        if rule.excused_by:
            said.append(self.say(f"{rule.excused_by.zh}则豁免", f"excused by: {rule.excused_by.en.lower()}"))
        if rule.pauses:
            said.append(self.say(f"挂起({self.listed(rule.pauses)})期间暂停", f"pauses while suspended ({self.listed(rule.pauses)})"))
        if rule.windows:
            said.append(self.say("落在回访时段外则顺延", "moves into the next calling window"))
        return "\n".join(said)

    # ---- ladders -------------------------------------------------------------------------------------

    def ladder(self, rungs: Iterable[Rung]) -> str:
        """The rungs of a ladder, a line each."""
        return "\n".join(self.rung(r) for r in rungs)

    def rung(self, rung: Rung) -> str:
        """One rung as a sentence: 到期前 60 秒,提醒 当前责任人、派单员."""
        return f"{self.rung_at(rung)}{self.say(',', ': ')}{self.rung_does(rung)}"

    def rung_at(self, rung: Rung) -> str:
        """When a rung speaks."""
        length, anchor = self.lasting(rung.at), rung.anchor
        if rung.at == timedelta(0):
            return self.say(f"{anchor.zh}时", f"at the {anchor.en}" if not anchor.en[0].isdigit() else f"at {anchor.en}")
        if rung.at < timedelta(0):
            return self.say(f"{anchor.zh}前 {length}", f"{length} before the {anchor.en}")
        return self.say(f"{anchor.zh}后 {length}", f"{length} after the {anchor.en}")

    def rung_does(self, rung: Rung) -> str:
        """Whom a rung tells and what else it does."""
        who = self.named(rung.tell or (self.policy.escalation.roles(rung.level) if rung.level else ()))
        said = []
        if rung.level:
            said.append(self.say(f"升级 L{rung.level},报 {who}", f"escalate to L{rung.level}: {who}"))
        elif who:
            said.append(self.say(f"提醒 {who}", f"remind {who}"))
        if rung.do:
            said.append(self.say(f"并{rung.do.zh}" if said else rung.do.zh, rung.do.en))
        limits = [rung.when.label(self.language)] if rung.when else []
        if rung.only:
            limits.append(self.say(f"仅{self.listed(rung.only)}", f"only {self.listed(rung.only)}"))
        return self.say(",", "; ").join(said) + (f" ({self.say(';', '; ').join(limits)})" if limits else "")

    # ---- categories ----------------------------------------------------------------------------------

    def part(self, part: str) -> str:
        """A part of the building that is under warranty."""
        return self.say(*PARTS.get(part, (part, part)))

    def marks(self, category: Category) -> str:
        """What is special about a category."""
        said = [self.say(zh, en) for name, zh, en in _FLAGS if getattr(category, name)]
        if category.warranty:
            said.append(self.say(f"保修:{self.part(category.warranty)}", f"warranty: {self.part(category.warranty)}"))
        return self.join(said)

    def price(self, category: Category) -> str:
        """The listed price of a paid service."""
        if category.price is None:
            return ""
        return self.say(f"{category.price:g} 元/{category.unit}", f"CNY {category.price:g} / {pledges.unit(category.unit or '', 'en')}")
