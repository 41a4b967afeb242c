"""A supervisor's own telephone rings and takes them into a call: to listen, to whisper to the agent, or to join."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.telephone import PartMode
from callcenter.domain.ticket import Refused
from callcenter.services.telephone import conversation, supervision
from callcenter.services.telephone.conducting import Conductor


@dataclass(frozen=True, slots=True)
class Supervising:
    """What a supervisor does with somebody else's call. Every verb raises Refused and then leaves the call as it was."""

    conductor: Conductor

    def take_part(self, sid: str, user: str, mode: str, now: datetime) -> None:
        """Listen, whisper to the agent or join: on one's own telephone, which rings; whoever is in already only changes how."""
        if not self.conductor.on_line(sid):
            raise Refused("no_line")
        if supervision.listens(self.conductor.hotline, sid, user):
            return self._otherwise(sid, user, mode, now)
        invited = supervision.supervise(self.conductor.hotline, sid, user, mode, now)
        key = self.conductor.ring(sid, invited, user, now)
        try:
            meeting = conversation.meet(self.conductor.hotline, sid, now)
            if meeting.to_move:
                self.conductor.move(meeting)
        except Refused:
            self.conductor.let_go(sid, key, "undone", user, now)
            raise
        return None

    def _otherwise(self, sid: str, user: str, mode: str, now: datetime) -> None:
        line_sid, before, agent = supervision.change_mode(self.conductor.hotline, sid, user, mode, now)
        room = conversation.room_of(self.conductor.hotline, sid) or ""
        whisper_to = (agent or "") if mode == PartMode.WHISPER else ""
        try:
            self.conductor.ask(lambda: self.conductor.phone.take_part(room, line_sid, muted=mode == PartMode.LISTEN, whisper_to=whisper_to))
        except Refused:
            supervision.change_mode(self.conductor.hotline, sid, user, before, now)
            raise

    def stop(self, sid: str, user: str, now: datetime) -> None:
        """The supervisor's own line is hung up; the others talk on."""
        key = supervision.listens(self.conductor.hotline, sid, user)
        if key is None:
            raise Refused("no_line")
        self.conductor.let_go(sid, key, "left", user, now)
        self.conductor.settle(sid, now)
