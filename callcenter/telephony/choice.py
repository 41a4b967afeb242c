"""Which telephone this hotline has: Twilio when its account is complete, else the paper phone."""

import logging

from callcenter.config import Settings
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.telephony.port import Phone
from callcenter.telephony.twilio_phone import TwilioPhone

log = logging.getLogger(__name__)


def choose(settings: Settings) -> Phone:
    """The paper phone on a trial and without an account, unless a line simulator plays the account on this machine; a half-configured
    account is named in the log."""
    account = {"TWILIO_ACCOUNT_SID": settings.twilio_account_sid, "TWILIO_AUTH_TOKEN": settings.twilio_auth_tokens,
               "TWILIO_NUMBER": settings.twilio_number}
    missing = [name for name, held in account.items() if not held]
    if missing or (settings.demo and not settings.twilio_api):
        if settings.twilio_account_sid or settings.twilio_number:
            log.warning("the paper phone is used: %s", "demo data" if settings.demo else f"{', '.join(missing)} not set")
        return PaperPhone()
    return TwilioPhone(settings, demo=settings.demo and not settings.twilio_api)
