"""Our own music, for whoever waits or is on hold."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import VoiceResponse

from callcenter.telephony import music
from callcenter.web.line.signed import base, blueprint, said
from callcenter.web.security import open_to_all


@blueprint.post("/music", endpoint="music")
@open_to_all
def music_document() -> ResponseReturnValue:
    """The music, until somebody comes back."""
    document = VoiceResponse()
    document.play(f"{base()}/twilio/music.wav", loop=0)
    return said(document)


@blueprint.get("/music.wav")
@open_to_all
def music_file() -> ResponseReturnValue:
    """The whole tune, or one of its halves; may be kept for a day. It tells nothing, so it needs no signature."""
    half = {"1": 1, "2": 2}.get(request.args.get("half", ""))
    return Response(music.tune(half), mimetype="audio/wav", headers={"Cache-Control": "public, max-age=86400"})
