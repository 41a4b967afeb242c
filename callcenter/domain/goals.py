"""The year's targets of the service plan that tickets can prove, each with the rule it comes from (RP-Y)."""

from dataclasses import dataclass

from callcenter.domain.vocabulary import Word


class Proof(Word):
    """What the year's records say about a target."""

    PROVEN = "proven", "已达到", "Proven"
    MISSED = "missed", "未达到", "Missed"
    FEW = "few", "件数太少,不足为证", "Too few cases to prove it"
    NONE = "none", "没有记录,不能证明", "No records, not proven"


@dataclass(frozen=True, slots=True)
class Goal:
    """One target: the seed rule, the figure that proves it, and what it has to be."""

    rule: str
    code: str
    zh: str
    en: str
    wanted: float
    #: at_least, at_most, or a count of things
    kind: str = "at_least"

    def proof(self, numerator: int, denominator: int, few: bool) -> Proof:
        """What these numbers say."""
        if self.kind == "count":
            return Proof.PROVEN if numerator >= self.wanted else Proof.MISSED
        if not denominator:
            return Proof.NONE
        value = numerator / denominator
        met = value <= self.wanted if self.kind == "at_most" else value >= self.wanted
        if not met:
            return Proof.MISSED
        return Proof.FEW if few else Proof.PROVEN

    @property
    def aim(self) -> str:
        """The target as it reads."""
        return f"≥ {self.wanted:g}" if self.kind == "count" else f"{'≤' if self.kind == 'at_most' else '≥'} {self.wanted * 100:g}%"


GOALS = (
    Goal("R013", "K04", "三分钟内派单", "Dispatched within three minutes", 1.0),
    Goal("R003", "K08", "二日内反馈处理结果", "Answered within two days", 1.0),
    Goal("R004", "K21", "首问责任人跟踪到底", "Followed to the end by the first responder", 1.0),
    Goal("R009", "K11", "一般不超过一周", "Not beyond a week", 0.0, "at_most"),
    Goal("R039", "K06", "房屋零修、急修及时率", "Repairs in time", 0.99),
    Goal("R040", "K34", "维修工程质量合格率", "Repairs right the first time", 1.0),
    Goal("R041", "K14", "维修服务回访率", "Repairs followed up", 0.30),
    Goal("R042", "K26", "特种作业持证上岗率", "Special work by certified staff", 1.0),
    Goal("R054", "K18", "用户有效投诉率", "Valid complaints per household", 0.02, "at_most"),
    Goal("R054", "K19", "有效投诉处理率", "Valid complaints settled", 1.0),
    Goal("R092", "K17", "业主(住户)综合满意率", "Overall satisfaction in the survey", 0.98),
    Goal("R114", "K27", "特约服务项目", "Special services on offer", 10, "count"),
)
