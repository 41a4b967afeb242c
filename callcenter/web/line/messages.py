"""Receipts for what we sent or said."""

from flask import request
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.services.messages import receipts
from callcenter.web.deliveries import sid_of
from callcenter.web.line.signed import blueprint, hotline, keep
from callcenter.web.security import open_to_all


@blueprint.post("/message-status")
@open_to_all
def message_status() -> ResponseReturnValue:
    """A receipt for something we sent or said."""
    now = clock.now()
    sid = sid_of(request.form, "MessageSid", "SmsSid", "CallSid")
    keep(sid, now)
    word = request.form.get("MessageStatus") or request.form.get("SmsStatus") or request.form.get("CallStatus", "")
    receipts.receipt(hotline(), request.args.get("key"), sid, word, now, request.form.get("ErrorCode", ""))
    return "", 204
