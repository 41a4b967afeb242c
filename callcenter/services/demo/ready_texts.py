"""The texts that the demo company keeps ready at its desk, in the trade's words (DOMAIN.md 11.1); …… is where the cursor lands."""

from typing import Any

from callcenter.domain.macros import MacroKind

#: what is written into a ticket or down beside a call
NOTES = (
    ("三分钟已说明", "已向客户说明：因……，维修人员无法立即赶到，预计{到场时间}到达；客户同意等候。"),
    ("已告知二日内反馈", "已告知客户二日内反馈处理结果，首问责任人{责任人}。"),
    ("先关水阀", "已请{客户姓名}先关闭户内总水阀，移开积水处的电器和物品，等候维修。"),
    ("先断电", "已提醒{客户姓名}不要触碰潮湿的开关和电器，先拉下总闸，等电工到场。"),
    ("客户同意报价", "有偿服务：已报价……元，说明工时和材料，客户同意后派工。"),
    ("家中无人", "按约到{地点}，敲门、致电均无人应答，已留便条，请客户来电另约时间。"),
    ("客户另约时间", "客户因……要求改约，维修人员上门前先致电{客户姓名}。"),
    ("家有老人小孩", "{客户姓名}家有老人、小孩，请轻敲门，进门穿鞋套。"),
)
#: what a customer reads
REPLIES = (
    ("开头语", "您好，{公司}客服{我的姓名}，您的短信已收到，马上为您处理。"),
    ("已登记", "{客户姓名}您好，您的诉求已登记，编号{编号}，我们将在二日内向您反馈处理结果，首问责任人{责任人}。"),
    ("三分钟说明", "{客户姓名}您好，因……，维修人员无法立即赶到，预计{到场时间}到达，您看可以吗？给您添麻烦了。"),
    ("停水通知", "您好，因抢修……，您所在楼栋需临时停水，预计……恢复，请提前储水，关好水龙头。给您添麻烦了，{公司}。"),
    ("进度答复", "{客户姓名}您好，编号{编号}正在处理，我们承诺{承诺时间}前办结，有变化第一时间告诉您。"),
    ("上门时家中无人", "{客户姓名}您好，维修人员到{地点}时家中无人，请您方便时致电服务热线，另约上门时间。"),
    ("报价，请客户同意", "{客户姓名}您好，编号{编号}的服务报价……元（含工时和材料），您同意后我们安排上门。"),
    ("致歉", "{客户姓名}您好，非常抱歉，给您添麻烦了，我们立即安排处理，有进展马上告诉您。"),
    ("结束语", "谢谢您的信任。如还有其他需要，请随时拨打 24 小时服务热线。{公司}{我的姓名}。"),
)


def rows() -> list[dict[str, Any]]:
    """Rows for the table of ready texts: everybody's, in this order."""
    return [{"owner": None, "title": title, "kind": kind.value, "body": body, "position": place}
            for kind, texts in ((MacroKind.NOTE, NOTES), (MacroKind.REPLY, REPLIES)) for place, (title, body) in enumerate(texts, start=1)]
