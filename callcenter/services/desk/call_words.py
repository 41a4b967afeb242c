"""What happens to calls, in the words of a timeline."""

#: what happens to calls: zh, en
CALL_WORDS = {
    "call_arrives": ("来电", "Call arrives"), "call_answered": ("接听", "Answered"), "call_held": ("保持", "On hold"),
    "call_resumed": ("恢复通话", "Back on the line"), "call_ends": ("挂机", "Call ends"), "recorded": ("话后小结", "After-call note"),
    "call_placed": ("拨出电话", "Call placed"), "customer_answers": ("客户接听", "Customer answers"),
    "returned": ("回拨", "Called back"), "return_call_cancelled": ("取消回拨", "Return call cancelled"),
    "line_asked": ("请人加入", "Somebody asked in"), "line_enters": ("加入通话", "Joins the call"), "line_over": ("离开通话", "Leaves the call"),
    "supervised": ("主管旁听或加入", "A supervisor takes part"), "recording_paused": ("暂停录音", "Recording paused"),
    "recording_resumed": ("恢复录音", "Recording resumed"), "call_note": ("通话备注", "Note during the call"),
    "caller_alone": ("线路中断,另找同事", "Cut off; others are rung"), "return_promised": ("改为回电", "A return call instead"),
}
#: what comes of calls the hotline makes itself: zh, en
OUTCOMES = {
    "1": ("按 1 接手", "1: taken over"), "2": ("按 2 上报", "2: passed up"), "0": ("按 0 转人工", "0: to a person"),
    "too_late": ("已有人接手", "Too late"),
    "no_key": ("接起未按键", "Picked up, no key"), "no-answer": ("无人接听", "No answer"), "busy": ("占线", "Busy"), "failed": ("打不通", "Failed"),
    "canceled": ("已取消", "Cancelled"), "lost": ("结果不明", "Unknown end"), "said": ("已听到", "Heard"),
}
