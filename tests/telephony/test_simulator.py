"""The line simulator walks TwiML as TELEPHONY's conventions say: what is heard, asked, bridged and told."""

import pytest

from callcenter.simulator import twiml
from callcenter.simulator.posts import Chaos
from tests.telephony.simulated import Script, child_of, exchange_over, heard, put, ring
from tests.telephony.twilio_posts import BASE, CALLER

ANN, BEN = "client:agent_ann", "client:agent_ben"
BOTH = ('<Dial timeout="20" action="/twilio/dialled"><Client statusCallback="/twilio/agent?agent=ann" '
        'statusCallbackEvent="initiated ringing answered completed">agent_ann</Client><Client>agent_ben</Client></Dial>')


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def exchange(script):
    return exchange_over(script)


def test_a_document_is_heard_in_its_order_and_then_the_line_ends(script, exchange):
    script.pages["voice"] = '<Say language="zh-CN">您好</Say><Pause length="2"/><Play>/static/tune.wav</Play><Say>Bye</Say>'
    call = ring(exchange)
    exchange.timeline.run_until(60)
    assert [h.what for h in call.heard] == ["say", "music", "say", "over"]
    assert call.heard[1].text == f"{BASE}/static/tune.wav"
    assert call.status == "completed"
    assert [f["CallStatus"] for f in script.of("voice")] == ["ringing"]
    assert [(f["CallStatus"], f["CallDuration"]) for f in script.of("status")] == [("completed", str(round(call.over_at)))]


def test_every_webhook_is_signed_over_the_address_it_goes_to(script):
    from twilio.request_validator import RequestValidator

    from tests.telephony.twilio_posts import TOKEN

    judged = []

    def transport(method, url, form, headers):
        judged.append(RequestValidator(TOKEN).validate(url, form, headers["X-Twilio-Signature"]))
        return script(method, url, form, headers)

    script.pages["voice"] = BOTH
    exchange = exchange_over(transport)
    put(exchange, ANN, BEN)
    ring(exchange)
    exchange.timeline.run_until(40)
    assert len(judged) > 5
    assert all(judged)


@pytest.mark.parametrize(("keys", "said"), [("12#", {"Digits": "12", "FinishedOnKey": "#"}), ("123", {"Digits": "123"}), ("#", {"Digits": ""})])
def test_keys_stop_the_prompt_and_answer_the_question(script, exchange, keys, said):
    script.pages["voice"] = '<Gather numDigits="3" action="/twilio/menu"><Say>请按一个很长很长很长很长的号码</Say></Gather><Say>没有按键</Say>'
    call = ring(exchange)
    exchange.timeline.run_until(1)
    exchange.press(call, keys)
    exchange.timeline.run_until(1.5)
    assert said.items() <= script.of("menu")[0].items()
    assert "没有按键" not in heard(call)


def test_few_keys_count_when_the_time_is_over(script, exchange):
    script.pages["voice"] = '<Gather numDigits="4" timeout="3" action="/twilio/menu"/>'
    call = ring(exchange)
    exchange.timeline.run_until(1)
    exchange.press(call, "4")
    exchange.timeline.run_until(3.9)
    assert not script.of("menu")
    exchange.timeline.run_until(4.1)
    assert script.of("menu")[0]["Digits"] == "4"


@pytest.mark.parametrize(("more", "asked"), [("", []), (' actionOnEmptyResult="true"', [""])])
def test_silence_goes_on_with_the_document_unless_it_is_an_answer_too(script, exchange, more, asked):
    script.pages["voice"] = f'<Gather timeout="2" action="/twilio/menu"{more}/><Say>没有按键</Say>'
    call = ring(exchange)
    exchange.timeline.run_until(5)
    assert [f["Digits"] for f in script.of("menu")] == asked
    assert heard(call) == ([] if asked else ["没有按键"])


def test_words_answer_a_question_that_listens(script, exchange):
    script.pages["voice"] = '<Gather input="dtmf speech" language="cmn-Hans-CN" action="/twilio/menu"/>'
    call = ring(exchange)
    exchange.timeline.run_until(1)
    exchange.speak(call, "满意")
    exchange.timeline.run_until(2)
    assert script.of("menu")[0]["SpeechResult"] == "满意"


def test_a_message_ends_with_a_key_and_can_be_fetched_later(script, exchange):
    script.pages["voice"] = ('<Record action="/twilio/voicemail-done" finishOnKey="#" recordingStatusCallback="/twilio/recording"/>')
    call = ring(exchange)
    exchange.timeline.run_until(1)
    exchange.speak(call, "水管漏水")
    exchange.timeline.run_until(4)
    exchange.press(call, "#")
    exchange.timeline.run_until(4.2)
    done = script.of("voicemail-done")[0]
    assert (done["RecordingDuration"], done["Digits"]) == ("4", "#")
    assert not script.of("recording")
    exchange.timeline.run_until(10)
    told = script.of("recording")[0]
    assert (told["RecordingStatus"], told["RecordingSid"], told["RecordingSource"]) == ("completed", done["RecordingSid"], "RecordVerb")
    assert "From" not in told


def test_who_hangs_up_while_speaking_has_left_a_message(script, exchange):
    script.pages["voice"] = '<Record action="/twilio/voicemail-done"/>'
    call = ring(exchange)
    exchange.timeline.run_until(1)
    exchange.speak(call, "水管漏水")
    exchange.hang_up(call)
    exchange.timeline.run_until(5)
    assert [(f["Digits"], f["CallStatus"]) for f in script.of("voicemail-done")] == [("hangup", "completed")]


def test_silence_leaves_no_message(script, exchange):
    script.pages["voice"] = '<Record action="/twilio/voicemail-done" timeout="3"/><Say>没有听到</Say>'
    call = ring(exchange)
    exchange.timeline.run_until(10)
    assert not script.of("voicemail-done")
    assert heard(call) == ["没有听到"]


def test_the_first_to_pick_up_gets_the_call_and_the_others_fall_silent(script, exchange):
    script.pages["voice"] = BOTH
    put(exchange, ANN, BEN)
    call = ring(exchange)
    exchange.timeline.run_until(3)
    ann, ben = child_of(exchange, call, ANN), child_of(exchange, call, BEN)
    exchange.pick_up(ann)
    exchange.pick_up(ben)
    exchange.timeline.run_until(30)
    assert (call.talking, ann.talking, ben.status) == (True, True, "no-answer")
    exchange.hang_up(ann)
    exchange.timeline.run_until(31)
    told = script.of("dialled")[0]
    assert (told["DialCallStatus"], told["DialCallSid"], told["DialCallDuration"]) == ("completed", ann.sid, "27")
    assert [f["CallStatus"] for f in script.of("agent")] == ["initiated", "ringing", "in-progress", "completed"]
    assert [f["SequenceNumber"] for f in script.of("agent")] == ["0", "1", "2", "3"]
    assert {f["ParentCallSid"] for f in script.of("agent")} == {call.sid}


def test_a_telephone_picked_up_while_it_is_still_looked_for_is_answered_as_soon_as_it_rings(script, exchange):
    script.pages["voice"] = BOTH
    put(exchange, ANN, BEN)
    call = ring(exchange)
    while len(exchange.calls) < 2:
        exchange.timeline.step()
    ann = child_of(exchange, call, ANN)
    assert ann.status == "initiated"
    exchange.pick_up(ann)
    exchange.timeline.run_until(2)
    assert ann.talking
    assert [f["CallStatus"] for f in script.of("agent")] == ["initiated", "ringing", "in-progress"]


def test_when_nobody_picks_up_the_action_is_told_after_the_time_for_ringing(script, exchange):
    script.pages |= {"voice": BOTH, "dialled": "<Say>我们给您回电</Say>"}
    put(exchange, ANN, BEN)
    call = ring(exchange)
    exchange.timeline.run_until(19)
    assert not script.of("dialled")
    exchange.timeline.run_until(40)
    assert script.of("dialled")[0]["DialCallStatus"] == "no-answer"
    assert heard(call) == ["我们给您回电"]


def test_a_caller_who_gives_up_silences_the_telephones_and_the_action_still_hears_of_it(script, exchange):
    script.pages["voice"] = BOTH
    put(exchange, ANN, BEN)
    call = ring(exchange)
    exchange.timeline.run_until(5)
    exchange.hang_up(call)
    exchange.timeline.run_until(6)
    assert child_of(exchange, call, ANN).status == "canceled"
    assert [(f["DialCallStatus"], f["CallStatus"]) for f in script.of("dialled")] == [("canceled", "completed")]
    assert [f["CallStatus"] for f in script.of("status")] == ["completed"]


def test_a_telephone_that_is_not_there_is_not_rung(script, exchange):
    script.pages["voice"] = '<Dial action="/twilio/dialled"><Client>agent_nobody</Client></Dial>'
    ring(exchange)
    exchange.timeline.run_until(2)
    assert script.of("dialled")[0]["DialCallStatus"] == "no-answer"


def test_answer_on_bridge_lets_the_caller_hear_the_ringing(script, exchange):
    script.pages["voice"] = '<Dial answerOnBridge="true"><Client>agent_ann</Client></Dial>'
    put(exchange, ANN)
    call = ring(exchange)
    exchange.timeline.run_until(5)
    assert call.status == "ringing"
    exchange.pick_up(child_of(exchange, call, ANN))
    exchange.timeline.run_until(6)
    assert call.status == "in-progress"


def test_a_waiting_caller_hears_the_waiting_document_again_and_again_until_it_lets_them_go(script, exchange):
    waits = []

    def wait(form):
        waits.append((form["QueuePosition"], form["QueueTime"]))
        return "<Leave/>" if len(waits) == 3 else '<Say>请稍候</Say><Pause length="10"/>'

    script.pages |= {"voice": '<Enqueue action="/twilio/left" waitUrl="/twilio/wait">hotline</Enqueue>', "wait": wait, "left": "<Say>轮到您了</Say>"}
    call = ring(exchange)
    exchange.timeline.run_until(60)
    assert [position for position, _ in waits] == ["1", "1", "1"]
    assert [int(seconds) for _, seconds in waits] == [0, 11, 22]
    assert [(f["QueueResult"], f["QueueTime"]) for f in script.of("left")] == [("leave", "22")]
    assert heard(call)[-1] == "轮到您了"


def test_hanging_up_in_the_queue_is_told_once_and_the_next_moves_up(script, exchange):
    script.pages |= {"voice": '<Enqueue action="/twilio/left" waitUrl="/twilio/wait">hotline</Enqueue>', "wait": '<Pause length="10"/>'}
    first, second = ring(exchange), ring(exchange, "+8619000000002")
    exchange.timeline.run_until(15)
    exchange.hang_up(first)
    exchange.timeline.run_until(25)
    assert [(f["CallSid"], f["QueueResult"]) for f in script.of("left")] == [(first.sid, "hangup")]
    assert [f["QueuePosition"] for f in script.of("wait") if f["CallSid"] == second.sid] == ["2", "2", "1"]


def test_a_full_queue_says_so_at_once(script, exchange):
    script.pages |= {"voice": '<Enqueue action="/twilio/left" waitUrl="/twilio/wait" maxQueueSize="1">hotline</Enqueue>',
                     "wait": '<Pause length="60"/>'}
    ring(exchange)
    ring(exchange, "+8619000000002")
    exchange.timeline.run_until(2)
    assert [(f["QueueResult"], "QueueTime" in f) for f in script.of("left")] == [("queue-full", False)]


def test_keys_of_a_waiting_caller_are_answered_without_losing_the_place(script, exchange):
    script.pages |= {"voice": '<Enqueue action="/twilio/left" waitUrl="/twilio/wait">hotline</Enqueue>',
                     "wait": '<Gather numDigits="1" timeout="20" action="/twilio/wait-key"/>', "wait-key": "<Say>已记下</Say>"}
    call = ring(exchange)
    exchange.timeline.run_until(2)
    exchange.press(call, "1")
    exchange.timeline.run_until(5)
    assert (call.entry is not None, heard(call), script.of("left")) == (True, ["已记下"], [])


def test_a_conference_tells_who_comes_and_goes_and_ends_with_whom_it_should(script, exchange):
    room = ('<Dial action="/twilio/room-left"><Conference startConferenceOnEnter="true" endConferenceOnExit="{}" '
            'statusCallback="/twilio/room-status" statusCallbackEvent="start end join leave">room-1</Conference></Dial>')
    script.pages |= {"voice": lambda form: room.format("true" if form["From"] == CALLER else "false")}
    first, second = ring(exchange), ring(exchange, "+8619000000002")
    exchange.timeline.run_until(2)
    assert first.talking
    assert second.talking
    exchange.hang_up(first)
    exchange.timeline.run_until(3)
    assert [f["StatusCallbackEvent"] for f in script.of("room-status")] == [
        "participant-join", "participant-join", "conference-start", "participant-leave", "participant-leave", "conference-end"]
    assert {(f["CallSid"], f["DialCallStatus"]) for f in script.of("room-left")} == {(first.sid, "answered"), (second.sid, "answered")}


@pytest.mark.parametrize(("written", "code"), [("<Response><Sing/></Response>", 12200), ("<Response><Say>", 12100), ("<html/>", 12100),
                                               ("<Response>words</Response>", 12200), ("<Response><Gather><Dial/></Gather></Response>", 12200)])
def test_a_document_that_cannot_be_used_is_asked_for_at_the_fallback(script, exchange, written, code):
    script.pages |= {"voice": f"<?xml version='1.0'?>{written}", "fallback": "<Say>请稍后再拨</Say>"}
    call = ring(exchange)
    exchange.timeline.run_until(5)
    assert (script.of("fallback")[0]["ErrorCode"], script.of("fallback")[0]["ErrorUrl"]) == (str(code), f"{BASE}/twilio/voice")
    assert heard(call) == ["请稍后再拨"]
    assert [c.code for c in exchange.complaints] == [code]


def test_without_any_usable_answer_the_caller_hears_an_apology_and_the_line_ends(script, exchange):
    script.pages |= {"voice": 500, "fallback": 500}
    call = ring(exchange)
    exchange.timeline.run_until(20)
    assert heard(call)[0].startswith("We are sorry, an application error")
    assert call.status == "completed"


@pytest.mark.parametrize(("text", "fault"), [
    ('<Say language="zh-CN" colour="red">您好</Say>', "<Say> has no attribute colour"),
    ('<Dial answerOnBridge="yes">+861</Dial>', "<Dial answerOnBridge='yes'>"),
    ('<Gather numDigits="one"/>', "<Gather numDigits='one'>"),
    ('<Dial><Client statusCallbackEvent="initiated,ringing">a</Client></Dial>', "<Client statusCallbackEvent='initiated,ringing'>"),
    ('<Redirect>/x</Redirect><Enqueue waitUrl="ftp://x">q</Enqueue>', "<Enqueue waitUrl='ftp://x'>"),
])
def test_what_twilio_warns_of_is_kept_and_the_call_goes_on(text, fault):
    document = twiml.read(f"<Response>{text}</Response>")
    assert [f.text for f in document.faults] == [fault]
    assert document.fatal is None


def test_a_waiting_document_may_not_dial():
    assert twiml.read("<Response><Dial>+86190</Dial></Response>", "wait").fatal


def test_lost_doubled_and_shuffled_news_is_the_same_for_the_same_seed():
    def day(seed):
        script = Script({"voice": BOTH})
        exchange = exchange_over(script, seed, Chaos.read("lost=0.3,dup=0.5,shuffle=8"))
        put(exchange, ANN, BEN)
        for n in range(5):
            ring(exchange, f"+86190000000{n:02}")
        exchange.timeline.run_until(100)
        return script.asked, exchange.posts.ledger.lost

    assert day(7) == day(7)
    assert day(7) != day(8)
    assert day(7)[1] > 0


def test_a_repeat_carries_the_token_of_the_first():
    tokens = []

    def transport(method, url, form, headers):
        tokens.append((url, headers["I-Twilio-Idempotency-Token"]))
        return Script()(method, url, form, headers)

    exchange = exchange_over(transport, chaos=Chaos(doubled=1.0))
    ring(exchange)
    exchange.timeline.run_until(30)
    assert len(tokens) == 4
    assert len(set(tokens)) == 2
