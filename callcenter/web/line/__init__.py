"""The telephone's webhooks: signed, kept as they came, carried out by services, answered with TwiML."""

from callcenter.web.line import (  # noqa: F401 - their routes stand on the blueprint
    inbound,
    messages,
    music_on_hold,
    outbound,
    placing,
    queue,
    recordings,
    room,
    telephones,
    texts,
)
from callcenter.web.line.signed import blueprint

__all__ = ["blueprint"]
