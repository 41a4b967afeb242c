"""A caller's way: notice, greeting, one short menu, telephones that ring, and what happens when nobody picks up."""

import logging
from datetime import datetime
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import Gather, VoiceResponse

from callcenter import clock
from callcenter.domain.policy import MenuKey
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState
from callcenter.services.telephone import blocking, calls, waiting
from callcenter.services.telephone.offering import Then
from callcenter.services.telephone.waiting import Turn
from callcenter.web.deliveries import TERMINAL, moment_of, number_of, sid_of
from callcenter.web.line.signed import VOICES, base, blueprint, hotline, hung_up, keep, said, speak
from callcenter.web.line.telephones import ringing
from callcenter.web.security import open_to_all

log = logging.getLogger(__name__)

#: spoken when even the rules cannot be read
LAST_WORDS = "非常抱歉,系统暂时无法接通,我们会尽快给您回电。如遇火情、燃气泄漏、人身危险,请立即拨打119、110或120。"
OVER = frozenset({CallState.ENDED, CallState.ABANDONED})
#: seconds after the menu's words in which a key may still be pressed
KEY_WITHIN = 4
#: Twilio's name of our line of callers
QUEUE = "hotline"
TALKED = ("completed", "answered")


# ---- notice, greeting, menu ------------------------------------------------------------------------------

@blueprint.post("/voice")
@open_to_all
def voice() -> ResponseReturnValue:
    """A caller is on the line: the notice before anything is recorded, the greeting, then the telephones."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    number, to = number_of(request.form, "From"), number_of(request.form, "To")
    if blocking.turn_away(hotline(), sid, number, to, now):
        return said(_busy())
    if calls.arrive(hotline(), sid, number, now, to, greeted=True).state in OVER:
        return said(hung_up())
    return said(_welcome())


def _busy() -> VoiceResponse:
    document = VoiceResponse()
    document.reject(reason="busy")
    return document


def _welcome() -> VoiceResponse:
    words, rule = VoiceResponse(), hotline().rulebook.policy.telephone
    if rule.record:
        speak(words, "recording_notice")
    speak(words, "greeting")
    if rule.menu:
        words.append(_menu(rule.menu))
    return _on_to_ring(words)


def _menu(keys: tuple[MenuKey, ...]) -> Gather:
    """Each key in the language it leads to; whoever presses nothing goes on."""
    gather = Gather(num_digits=1, timeout=KEY_WITHIN, action=f"{base()}/twilio/menu", method="POST")
    for key in keys:
        language = key.language or "zh"
        gather.say(key.words[1 if language == "en" else 0], **VOICES[language])
    return gather


def _on_to_ring(words: VoiceResponse) -> VoiceResponse:
    words.redirect(f"{base()}/twilio/ring", method="POST")
    return words


@blueprint.post("/menu")
@open_to_all
def menu() -> ResponseReturnValue:
    """A key of the menu: its language and urgency stay with the call; an unknown key goes on like none."""
    now = clock.now()
    sid = _heard_of(now)
    keys = hotline().rulebook.policy.telephone.menu
    chosen = next((k for k in keys if k.key == request.form.get("Digits")), None)
    words = VoiceResponse()
    if chosen is not None:
        waiting.greeted(hotline(), sid, now, chosen.language, chosen.emergency)
        if chosen.emergency:
            speak(words, "in_danger", chosen.language or "zh")
    return said(_on_to_ring(words))


# ---- telephones that ring --------------------------------------------------------------------------------

def _heard_of(now: datetime) -> str:
    """The call this delivery is about; it may be the first we hear of it."""
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    calls.arrive(hotline(), sid, number_of(request.form, "From"), now, number_of(request.form, "To"), greeted=True)
    return sid


@blueprint.post("/ring")
@open_to_all
def ring() -> ResponseReturnValue:
    """Telephones ring for the caller, or the caller waits; asked again meanwhile, the answer is the same."""
    now = clock.now()
    sid = _heard_of(now)
    return said(document_of(sid, waiting.forward(hotline(), sid, now)))


def document_of(sid: str, turn: Turn) -> VoiceResponse:
    """What the caller hears for the next step of their way."""
    words = VoiceResponse()
    match turn.step.then:
        case Then.RING | Then.CONNECT:
            words.append(ringing(sid, turn.step))
        case Then.WAIT:
            words.enqueue(QUEUE, action=f"{base()}/twilio/left", method="POST", wait_url=f"{base()}/twilio/wait", wait_url_method="POST")
        case Then.GOODBYE:
            return goodbye(sid, turn)
        case Then.OVER:
            if turn.missed and turn.numbered:
                speak(words, "no_agent", turn.language)
            words.hangup()
    return words


def goodbye(sid: str, turn: Turn) -> VoiceResponse:
    """Nobody will come: we call back. Who cannot be called back is asked to leave a message."""
    words = VoiceResponse()
    speak(words, "queue_full" if turn.full else "no_agent" if turn.numbered else "no_number", turn.language)
    if turn.numbered:
        words.hangup()
        calls.ended(hotline(), sid, clock.now())
    else:
        words.redirect(f"{base()}/twilio/voicemail", method="POST")
    return words


@blueprint.post("/agent")
@open_to_all
def agent() -> ResponseReturnValue:
    """An agent's telephone rings, is picked up or falls silent; the first to pick up is the first responder."""
    now = clock.now()
    sid, user = sid_of(request.form, "ParentCallSid", "CallSid"), request.args.get("agent", "")
    keep(sid, now)
    word = request.form.get("CallStatus")
    if word == "in-progress" and "asks" not in request.args:
        _answered(sid, user)
    elif word in TERMINAL - {"completed"}:
        _silent(sid, user, word)
    return "", 204


def _answered(sid: str, user: str) -> None:
    """News of an answer may come before the news of the call. Who came too late hears it from the silent line."""
    now = clock.now()
    at = moment_of(request.form, now)
    calls.arrive(hotline(), sid, number_of(request.form, "From"), at, greeted=True)
    try:
        calls.answered(hotline(), sid, user, now, at)
    except Refused as late:
        log.info("call %s: the answer of %s does not count: %s", sid, user, late.code)


def _silent(sid: str, user: str, word: str) -> None:
    """Refused or unreachable while others ring: that offer is over. Of those who rang to the end the <Dial> tells."""
    if word in ("busy", "failed"):
        try:
            waiting.silent(hotline(), sid, user, word == "busy", clock.now())
        except Refused as unknown:
            log.info("call %s: the telephone of %s is silent: %s", sid, user, unknown.code)


@blueprint.post("/dialled")
@open_to_all
def dialled() -> ResponseReturnValue:
    """The ringing is over: somebody talked with the caller, the lines have moved to a conference, or nobody picked up."""
    now = clock.now()
    sid = _heard_of(now)
    word = request.form.get("DialCallStatus")
    turn = waiting.standing(hotline(), sid)
    if turn.line is not None and not turn.over:
        return said(_to_the_room(turn.line))
    if word in TALKED:
        if turn.answered:
            calls.ended(hotline(), sid, now)
        return said(hung_up())  # who answered may still be on its way; the caller's own status will end the call
    if word == "canceled":
        calls.ended(hotline(), sid, now)
        return said(hung_up())
    return said(document_of(sid, waiting.unanswered(hotline(), sid, now)))


def _to_the_room(line: str) -> VoiceResponse:
    words = VoiceResponse()
    words.redirect(f"{base()}/twilio/room?{urlencode({'line': line})}", method="POST")
    return words


# ---- how the caller's line stands ------------------------------------------------------------------------

@blueprint.post("/status")
@open_to_all
def status() -> ResponseReturnValue:
    """How the caller's line stands. Its end may be reported before its beginning, and unanswered it means: call back."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    if request.form.get("Direction", "inbound") == "inbound":
        at = moment_of(request.form, now)
        calls.arrive(hotline(), sid, number_of(request.form, "From"), at, number_of(request.form, "To"), greeted=True)
        if request.form.get("CallStatus") in TERMINAL:
            calls.ended(hotline(), sid, now, at=at)
    return "", 204


@blueprint.post("/fallback")
@open_to_all
def fallback() -> ResponseReturnValue:
    """Twilio could not use an answer of ours: the caller goes on from where they are, and whatever fails, hears that we call back."""
    log.error("Twilio asks the fallback: error %s at %s", request.form.get("ErrorCode"), request.form.get("ErrorUrl", "")[:200])
    sid = sid_of(request.form, "CallSid")
    try:
        now = clock.now()
        _heard_of(now)
        return said(document_of(sid, waiting.forward(hotline(), sid, now)))
    except Exception:
        log.exception("call %s could not be put through", sid)
        words = VoiceResponse()
        words.say(LAST_WORDS, **VOICES["zh"])
        return said(words)
