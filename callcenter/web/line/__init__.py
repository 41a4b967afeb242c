"""The telephone's webhooks: signed, kept as they came, carried out by services, answered with TwiML."""

from callcenter.web.line import inbound, messages, music_on_hold, queue, recordings, telephones, outbound  # noqa: F401 - their routes stand on the blueprint
from callcenter.web.line.signed import blueprint

__all__ = ["blueprint"]
