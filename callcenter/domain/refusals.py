"""Why something was refused, in words a person can use; one text per code, Chinese and English."""

from datetime import datetime
from typing import Any

from callcenter.domain import days
from callcenter.domain.forms import Field
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Word

TEXTS: dict[str, tuple[str, str]] = {
    "missing": ("还缺:{fields}", "Missing: {fields}"),
    "unknown_field": ("不认识的栏目 {field};可用:{valid}", "Unknown field {field}; valid: {valid}"),
    "bad_value": ("{field}:{value} 不对;可用:{valid}", "{field}: {value} is not valid; use: {valid}"),
    "too_long": ("{field} 太长,最多 {longest} 字", "{field} is too long; {longest} characters at most"),
    "unknown_ticket": ("没有编号为 {number} 的工单", "There is no ticket {number}"),
    "unknown_person": ("没有这个人:{person}", "There is nobody called {person}"),
    "unknown_place": ("没有这个房号或位置:{place}", "There is no room or place {place}"),
    "unknown_category": ("没有这个类别:{category}", "There is no category {category}"),
    "unknown_call": ("没有这通电话:{call}", "There is no call {call}"),
    "not_next": ("{number} 现在是“{state}”,不能{action}", "{number} is “{state}”; {action} does not come next"),
    "not_allowed": ("{action}:您没有这个权限,可由 {who} 办理", "{action}: not yours to do; it is for {who}"),
    "out_of_scope": ("{number} 不在您负责的小区", "{number} is outside your compounds"),
    "key_reused": ("这个操作编号已用于另一件事,请刷新后重试", "This request key was used for something else; reload and try again"),
    "number_invalid": ("电话号码不对:{number}", "Not a telephone number: {number}"),
    # registration
    "no_place": ("请填写房号或位置", "Give the room or the place"),
    "no_type": ("请选择类别或工单类型", "Choose a category or a type"),
    "promise_in_the_past": ("承诺时间已经过去:{when}", "The promised time has passed: {when}"),
    "appointment_backwards": ("预约结束早于开始", "The appointment ends before it begins"),
    "appointment_in_the_past": ("预约时间已经过去:{when}", "The appointment has passed: {when}"),
    "received_in_future": ("受理时间不能晚于现在", "The time of receipt lies in the future"),
    # dispatch
    "owner_is_handler": ("责任人不能自己处理同一报修:{person}", "The owner cannot be the handler of the same repair: {person}"),
    "wrong_trade": ("{person} 不是所需工种({trades})", "{person} is not of the trade needed ({trades})"),
    "not_on_duty": ("{person} 不在岗", "{person} is not on duty"),
    "no_certificate": ("{person} 没有有效的{certificate}", "{person} holds no valid {certificate}"),
    "accused": ("{person} 是被投诉人,不能处理此单", "{person} is complained about and cannot take this"),
    "team_too_soon": ("预约须在 {ahead} 以后,才可先派班组", "A team may be sent first only for an appointment {ahead} ahead"),
    "quote_not_accepted": ("客户尚未同意报价,不能派单", "The customer has not accepted a quote; no dispatch yet"),
    "already_assigned": ("已派给 {person}", "Already with {person}"),
    "offer_needed": ("尚未开放抢单,须由派单员派单", "Not open for grabbing; the dispatcher sends somebody"),
    "reason_needed": ("请写明原因", "Give a reason"),
    "dispatch_already_made": ("已经派单,无需说明", "Already dispatched; no consent is needed"),
    "not_consented": ("客户未同意", "The customer did not consent"),
    # work
    "not_explained": ("完工前须向客户交代处理结果", "The result must be explained to the customer first"),
    "no_signature": ("此类工单完工须客户签字", "This kind of ticket needs the customer's signature"),
    "over_quote": ("完工金额 {amount} 超出同意的 {quoted},须客户同意",
                   "The final amount {amount} exceeds the accepted {quoted}; the customer must consent"),
    "already_asked": ("已经申请挂起,等待答复", "A suspension was asked for already; wait for the answer"),
    "not_asked": ("没有待答复的挂起申请", "There is no request to suspend to answer"),
    "too_early": ("中期回访从 {when} 起", "The mid-term call is due from {when} on"),
    "until_in_the_past": ("恢复时间须晚于现在", "The time to resume must lie ahead"),
    "not_told": ("须先告知客户并有回应", "The customer must have been told, and have answered"),
    "own_work": ("不能验证自己做的活", "Nobody verifies their own work"),
    # postponement
    "refused_second": ("{number} 已延期过一次,同一事项不得再次延期;已报项目经理并开督办单",
                       "{number} was postponed once already; no second time. The project manager has been told and an order issued"),
    "refused_late": ("承诺时间 {when} 已过,不能再延期;请主管作补救承诺",
                     "The promise of {when} has passed; it cannot be postponed. Ask the supervisor for a recovery promise"),
    "beyond_week": ("新承诺时间超过受理后 {longest},须项目经理特批", "Later than {longest} after receipt: the project manager must approve"),
    "not_later": ("新承诺时间须晚于原承诺 {when}", "The new promise must be later than {when}"),
    "unknown_contact": ("此单没有这条接触记录:{contact}", "This ticket has no contact {contact} on record"),
    "told_late": ("告知时间须在现在之前", "The customer cannot have been told in the future"),
    "call_required": ("此类工单延期须电话或当面告知客户", "For this kind of ticket the customer must be told by telephone or in person"),
    "no_promise": ("此单没有承诺时间", "This ticket has no promised time"),
    "not_broken_yet": ("承诺尚未超时,请用延期", "The promise is not broken yet; postpone it instead"),
    "recovery_used": ("已作过补救承诺或已延期,须项目经理批准", "The one change is used up; only the project manager may give another time"),
    # follow-up
    "own_callback": ("处理人及其班组不能回访", "The handler and their team do not make the follow-up call"),
    "no_satisfaction": ("已接通,请填写满意度", "Reached: say how satisfied they are"),
    "only_the_customer_answers": ("机器只能记未接通,接通以客户按键为准", "A machine records only that nobody was reached; the customer answers"),
    "not_reached": ("未接通,不能填写满意度", "Not reached: there is no satisfaction to record"),
    "no_reason": ("不满意须写明原因", "Say why they are dissatisfied"),
    "two_needed": ("上门回访须两人同往", "A visit needs two people"),
    "reply_not_understood": ("没看懂回复“{text}”,请回复 1、2 或 3", "“{text}” was not understood; reply 1, 2 or 3"),
    "no_order": ("没有待反馈的督办单", "There is no supervision order to answer"),
    "no_record": ("此单还没有{record}", "This ticket has no such record yet: {record}"),
    "own_record": ("不能审核自己填的表", "Nobody reviews what they filled in themselves"),
    "no_notice": ("没有待答复的书面通知", "There is no written notice to answer"),
    "not_answered_yet": ("部门尚未答复,先发书面通知", "Send the written notice first"),
    "no_evidence": ("办结须有回访结果、客户签字或确认", "Closing needs a follow-up result, a signature or a confirmation"),
    "not_judged": ("投诉尚未判定是否有效,不能归档", "The complaint has not been judged; it cannot be filed"),
    "too_few_rounds": ("不满意办结须满 {rounds} 轮再联系,现 {now} 轮", "{rounds} rounds are needed before closing unsatisfied; so far {now}"),
    "no_letter": ("不满意办结须有书面答复", "Closing unsatisfied needs a written reply"),
    "reopen_window_over": ("办结已超过 {within},请新登记", "Closed more than {within} ago; register it anew"),
    "caller_is_handler": ("处理人不能结自己的单", "The handler cannot close their own ticket"),
    # ownership, escalation
    "downgrade": ("改为时限更宽的类别须主管批准", "A laxer category needs the supervisor"),
    "type_unfit": ("“{state}”的工单不能改为{type},那一类没有这一步",
                   "A ticket that is “{state}” cannot become: {type}; that kind knows no such step"),
    "nothing_changes": ("没有变化", "Nothing changes"),
    "receiver_unfit": ("{person} 不能作为责任人", "{person} cannot own a ticket"),
    "no_transfer": ("没有等待接收的移交", "There is no transfer to accept"),
    "nothing_to_acknowledge": ("没有待签收的升级", "There is no escalation to acknowledge"),
    "bad_level": ("级别应在 1 到 {top} 之间", "The level must be between 1 and {top}"),
    "accused_judges": ("被投诉人及其部门不能判定", "Neither the accused nor their department judges"),
    "beyond_feedback": ("约定回复不得晚于二日反馈时限 {when}", "The agreed reply may not be later than {when}"),
    "not_an_incident": ("{number} 不是群发事件", "{number} is not a mass incident"),
    "child_of_incident": ("已并入群发事件 {number},由事件单统一派工", "Part of the mass incident {number}, which is dispatched once for all"),
    "not_in_incident": ("此单不属于群发事件", "This ticket is not part of a mass incident"),
    "merge_self": ("不能并入自己", "A ticket cannot be merged into itself"),
    "merge_differs": ("只能并入同小区、同类别的未办结工单", "Only an open ticket of the same compound and category"),
    "not_merged": ("此单没有并单", "This ticket is not merged"),
    "already_answered": ("这通电话已由 {person} 接听", "{person} has answered this call already"),
    "may_not_answer": ("{person} 不能接听热线,可由 {who} 接听", "{person} does not answer the hotline; it is for {who}"),
    "record_first": ("先登记刚才的通话:开工单,或写下说了什么", "Record the call first: open a ticket, or write down what it was about"),
    "agent_busy": ("{state},挂机后再改状态", "{state}: change your state when the call is over"),
    "may_not_block": ("拦截与放行号码由 {who} 决定", "Blocking and unblocking numbers is for {who}"),
    "call_over": ("这通电话已结束", "This call is over"),
    "not_your_call": ("这通电话不是您的,不能这样做", "This call is not yours to do that with"),
    "no_line": ("这通电话没有可操作的线路,只能人工办理", "There is no line of this call to do that with; do it by hand"),
    "line_failed": ("电话线路没有接受,通话没有变化({why})", "The telephone line did not take it; the call is as it was ({why})"),
    "nobody_left": ("没有别人留在通话里,不能离开;请挂机或先请人加入", "Nobody else is in the call; hang up, or ask somebody in first"),
    "already_in_call": ("{person} 已在这通电话里", "{person} is in this call already"),
    "cannot_ring": ("{person} 没有可以振铃的电话", "{person} has no telephone that could be rung"),
    "number_not_allowed": ("不能转接到 {number}", "A call is not handed on to {number}"),
    "sip_invalid": ("SIP 地址不对:{address}", "Not a SIP address: {address}"),
    "no_telephone_line": ("没有接电话线路,请人工拨打", "There is no telephone line; dial by hand"),
    "no_own_telephone": ("您没有可以振铃的电话,请先设置", "You have no telephone that could be rung; set one first"),
    "may_not_ring": ("这位客户不由您拨打", "This customer is not yours to ring"),
    "no_number_known": ("没有可以拨打的号码", "There is no number to ring"),
    "do_not_call": ("客户要求不要打电话,请用短信", "The customer asked not to be called; write instead"),
    "too_many_calls": ("一分钟最多拨打 {most} 次,请稍候", "{most} calls a minute at most; wait a little"),
    "already_dialling": ("您的上一通电话还在接通中", "Your last call is still being connected"),
    "call_not_placed": ("电话没有打出去({why})", "The call was not placed ({why})"),
    "unknown_text": ("没有这条短信", "There is no such text"),
    "already_seen_to": ("{person} 已经处理了这条短信", "{person} has seen to this text already"),
    "bad_sign_in": ("用户名或密码不对", "Wrong user name or password"),
    "handover_unsigned": ("还有 {count} 件未结工单没有交接,签收后方可下班",
                          "{count} open tickets are not handed over; no leaving before it is signed"),
    "no_handover": ("没有等待签收的交接", "There is no handover to sign"),
    "shift_running": ("已经在班", "The shift has begun already"),
    "unknown_period": ("没有这份报表:{period}", "There is no such report: {period}"),
    "already_confirmed": ("已由 {person} 于 {when} 确认", "Confirmed already by {person} at {when}"),
    "period_not_over": ("期间到 {when} 才结束,不能提前确认", "The period ends at {when}; it cannot be confirmed before"),
    "not_a_report": ("{period} 不用在这里确认", "{period} is not confirmed here"),
    "too_many_returned": ("回收 {returned} 份多于发放 {issued} 份", "{returned} returned is more than {issued} issued"),
    # registers
    "unknown_record": ("没有这条记录,或者它已停用", "There is no such entry, or it has ended"),
    "changed_meanwhile": ("内容刚被别人改动,请刷新后再改", "Somebody else has just changed this; reload and change it again"),
    "already_there": ("已经有了:{what}", "Already there: {what}"),
    "same_line": ("与第 {line} 行完全相同", "The same as line {line}"),
    "not_a_table": ("不是能读的 CSV:{why}", "Not a readable CSV file: {why}"),
    "own_roles": ("不能改自己的岗位,也不能停用自己;请另一位系统管理员办理",
                  "Nobody changes their own roles or ends themselves; another administrator does"),
    "last_admin": ("{person} 是最后一位能登录的系统管理员", "{person} is the last administrator who can sign in"),
    "still_open": ("{person} 还有 {count} 件未结,先交接:{numbers}", "{person}: {count} still open, hand over first: {numbers}"),
    "still_lived_in": ("{place} 还有在册客户", "Somebody is still registered at {place}"),
    "out_of_reach": ("{place} 不在您负责的小区", "{place} is outside your compounds"),
    "leave_backwards": ("请假结束早于开始", "The leave ends before it begins"),
    "on_leave": ("{person} 那几天请假", "{person} is on leave then"),
    "shift_over": ("已开始或已过去的班({when})不能改", "A shift that has begun or is over ({when}) cannot be changed"),
    "shift_overlaps": ("{person} 在 {when} 已有班", "{person} has a shift already at {when}"),
    "shift_too_long": ("一个班最长 24 小时", "A shift lasts 24 hours at most"),
    "role_not_theirs": ("{person} 没有{role}岗位;只有主管、项目经理、品质部、管理员可以指定别人顶岗",
                        "{person} is not: {role}; only supervisor, project manager, quality or administrator may let somebody else stand in"),
    "admin_exists": ("已有系统管理员:{person};确要再加一位,请用 --again", "There is an administrator: {person}; to add another use --again"),
    "no_shift": ("没有在班", "There is no shift to end"),
    "link_wrong": ("链接无效,请打开短信里的完整链接", "This link is not valid; please open the whole link of the message"),
    "link_expired": ("链接已过期", "This link has expired"),
}


def text(refused: Refused, language: str = "zh") -> str:
    """The reason in the reader's language, with what is missing."""
    zh, en = TEXTS.get(refused.code, (refused.code, refused.code))
    template = en if language.startswith("en") else zh
    return template.format(**{k: shown(v, language) for k, v in refused.said.items()})


def shown(value: Any, language: str = "zh") -> str:
    """A value as a reader sees it: words by name, times as local time, lists joined."""
    if isinstance(value, (Word, Field)):
        return value.label(language)
    if isinstance(value, datetime):
        return days.local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, (list, tuple, set, frozenset)):
        return ("、" if not language.startswith("en") else ", ").join(shown(v, language) for v in value)
    return str(value)
