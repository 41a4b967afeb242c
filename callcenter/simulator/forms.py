"""The parameters of Twilio's webhooks, named and written as Twilio does."""

from datetime import datetime
from email.utils import format_datetime

from callcenter.simulator.calls import Call, Text

_PLACES = ("City", "State", "Zip", "Country")


def of_call(account: str, call: Call) -> dict[str, str]:
    """What every webhook about a call carries."""
    inbound = call.direction == "inbound"
    form = {"AccountSid": account, "ApiVersion": "2010-04-01", "CallSid": call.sid, "CallStatus": call.status, "Direction": call.direction,
            "From": call.source, "Caller": call.source, "To": call.target, "Called": call.target}
    if call.parent is not None:
        form["ParentCallSid"] = call.parent.sid
    if inbound:
        country = "CN" if call.source.startswith("+86") else ""
        form |= {f"{side}{place}": country if place == "Country" else "" for side in ("From", "Caller") for place in _PLACES}
        form |= {"StirVerstat": "TN-Validation-Failed-C"}
    return form


def of_progress(account: str, call: Call, at: datetime, talked: float) -> dict[str, str]:
    """News of a call's progress; an end carries how long it took."""
    form = of_call(account, call) | {"Timestamp": rfc2822(at), "CallbackSource": "call-progress-events", "SequenceNumber": str(call.sequence)}
    if call.is_over:
        form |= {"CallDuration": str(round(talked)), "SipResponseCode": str(call.sip)}
        if call.status == "completed":
            form["Duration"] = str(max(1, -(-round(talked) // 60)))
    return form


def of_text(account: str, text: Text) -> dict[str, str]:
    """A text message, as it is announced."""
    return {"AccountSid": account, "ApiVersion": "2010-04-01", "MessageSid": text.sid, "SmsSid": text.sid, "SmsMessageSid": text.sid,
            "From": text.source, "To": text.target, "Body": text.body, "NumMedia": "0", "NumSegments": "1", "SmsStatus": text.status}


def of_receipt(account: str, text: Text) -> dict[str, str]:
    """How a text of ours fares."""
    return {"AccountSid": account, "ApiVersion": "2010-04-01", "MessageSid": text.sid, "SmsSid": text.sid, "From": text.source,
            "To": text.target, "MessageStatus": text.status, "SmsStatus": text.status}


def rfc2822(at: datetime) -> str:
    """Whole seconds with +0000, as Twilio stamps everything."""
    return format_datetime(at.replace(microsecond=0))
