"""The telephones that ring for a caller: browser, telephone or SIP; a mailbox never counts as an answer."""

from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.telephone import agents, calls
from callcenter.services.telephone.offering import Step
from callcenter.web.deliveries import identity_of, sid_of
from callcenter.web.line.signed import base, blueprint, hotline, hung_up, keep, said, speak
from callcenter.web.security import open_to_all

#: seconds an agent has to press the key before the telephone counts as not picked up
KEY_WITHIN = 6
EVENTS = "initiated ringing answered completed"


def ringing(sid: str, step: Step) -> Dial:
    """A <Dial> that rings everybody of this step; recorded, once it is answered, when the rules say so."""
    dial = Dial(timeout=round(step.rings_for.total_seconds()), action=f"{base()}/twilio/dialled", method="POST", **_recorded())
    with hotline().store.reading() as session:
        kinds = agents.telephones(session, step.users)
    for user in step.users:
        _noun(dial, sid, user, *kinds.get(user, ("browser", None)))
    return dial


def _recorded() -> dict[str, str]:
    if not hotline().rulebook.policy.telephone.record:
        return {}
    return {"record": "record-from-answer-dual", "recording_status_callback": f"{base()}/twilio/recording?kind=conversation",
            "recording_status_callback_method": "POST", "recording_status_callback_event": "completed absent"}


def _noun(dial: Dial, sid: str, user: str, kind: str, address: str | None) -> None:
    asks = kind != "browser" and address is not None
    about = {"agent": user, "asks": "1"} if asks else {"agent": user}
    told = {"status_callback": f"{base()}/twilio/agent?{urlencode(about)}", "status_callback_event": EVENTS, "status_callback_method": "POST"}
    if not asks:
        dial.client(identity_of(user), **told)
        return
    whisper = {"url": f"{base()}/twilio/whisper?{urlencode({'agent': user, 'call': sid})}", "method": "POST"}
    (dial.sip if kind == "sip" else dial.number)(address, **whisper, **told)


@blueprint.post("/whisper")
@open_to_all
def whisper() -> ResponseReturnValue:
    """An agent's own telephone was picked up: only a person presses 1, so no mailbox ever answers a resident."""
    now = clock.now()
    keep(sid_of(request.form, "CallSid"), now)
    sid, user = sid_of(request.args, "call"), request.args.get("agent", "")
    if request.form.get("Digits") == "1":
        return said(_taken(sid, user))
    if request.form.get("Digits"):
        return said(hung_up())
    words = VoiceResponse()
    gather = Gather(num_digits=1, timeout=KEY_WITHIN, method="POST", action=f"{base()}/twilio/whisper?{urlencode({'agent': user, 'call': sid})}")
    speak(gather, "press_to_take")
    words.append(gather)
    words.hangup()
    return said(words)


def _taken(sid: str, user: str) -> VoiceResponse:
    """Bridged, unless somebody else was faster: then this line ends."""
    try:
        calls.answered(hotline(), sid, user, clock.now())
    except Refused:
        return hung_up()
    return VoiceResponse()
