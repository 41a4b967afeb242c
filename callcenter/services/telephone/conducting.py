"""What an agent or a supervisor does with a call in progress: written down, asked of the provider, and put back when that will not do it."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.telephone import LineRole, PartMode
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import call_notes, calls, conversation, line_news
from callcenter.services.telephone.conversation import End, Meeting
from callcenter.services.telephone.line_news import Place
from callcenter.services.telephone.lines import Hears
from callcenter.storage.tables import CallRow
from callcenter.telephony.port import NotSent, Phone, Undeliverable, Unsure

log = logging.getLogger(__name__)

#: how long somebody asked into a call is rung, in seconds
RINGS_FOR = 30
#: calls typed in at the desk came over a telephone we do not see
BY_HAND = "hand-"


def room_path(key: str) -> str:
    """Where a line asks what it should do."""
    return f"/twilio/room?line={key}"


def _status_path(key: str) -> str:
    return f"/twilio/line-status?line={key}"


@dataclass(frozen=True, slots=True)
class Conductor:
    """The hotline and its telephone, together for a call in progress. Every verb raises Refused and then leaves the call as it was."""

    hotline: Hotline
    phone: Phone

    def on_line(self, sid: str) -> bool:
        """Whether anything can be done to this call but writing it down."""
        return self.phone.live and not sid.startswith(BY_HAND)

    # ---- the caller waits, the caller is back ------------------------------------------------------------

    def hold(self, sid: str, user: str, now: datetime) -> None:
        """The caller hears music; every minute is counted (C02)."""
        conversation.check(self.hotline, sid, user, now)
        if not self.on_line(sid):
            return calls.held(self.hotline, sid, now)
        meeting = conversation.meet(self.hotline, sid, now)
        return self._held(sid, meeting, now)

    def _held(self, sid: str, meeting: Meeting, now: datetime) -> None:
        """On hold, and the lines moved to where that is true; else both are undone."""
        try:
            calls.held(self.hotline, sid, now)
        except Refused:
            conversation.stays(self.hotline, meeting)
            raise
        try:
            self.gather(meeting)
        except Refused:
            conversation.stays(self.hotline, meeting)
            calls.resumed(self.hotline, sid, now)
            raise

    def resume(self, sid: str, user: str, now: datetime) -> None:
        """The caller is back with everybody in the call: after a consultation that makes three. The music asks by itself every few
        seconds, so that this also works while the provider does not listen to us."""
        conversation.check(self.hotline, sid, user, now)
        calls.resumed(self.hotline, sid, now)
        if self.on_line(sid):
            with suppress(Refused):
                self.gather(conversation.meet(self.hotline, sid, now))

    def gather(self, meeting: Meeting) -> None:
        """Whoever talks directly is fetched into the room, and the caller's document follows by itself; else the caller's line is told."""
        for end in meeting.to_move or (meeting.caller,):
            self.ask(lambda end=end: self.phone.redirect(end.sid, room_path(end.key)))  # type: ignore[misc]  # bound at once

    def move(self, meeting: Meeting) -> None:
        """The lines go where they belong now, or stay as they were."""
        try:
            self.gather(meeting)
        except Refused:
            conversation.stays(self.hotline, meeting)
            raise

    # ---- others come in ------------------------------------------------------------------------------------

    def consult(self, sid: str, user: str, to: str, now: datetime) -> None:
        """The caller waits, somebody else is rung and talks with the agent alone."""
        self._needs_line(sid, user, now)
        meeting = conversation.meet(self.hotline, sid, now)
        try:
            key = self.ring(sid, conversation.invite(self.hotline, sid, user, to, now), user, now)
        except Refused:
            conversation.stays(self.hotline, meeting)
            raise
        try:
            if not self._is_held(sid):
                self._held(sid, meeting, now)
            elif meeting.to_move:
                self.move(meeting)
        except Refused:
            self.let_go(sid, key, "undone", user, now)
            raise

    def hand_on(self, sid: str, user: str, to: str, now: datetime) -> None:
        """Somebody else is rung while the agent stays with the caller; who picks up takes over, and the agent's line is let go."""
        self._needs_line(sid, user, now)
        self.ring(sid, conversation.invite(self.hotline, sid, user, to, now, PartMode.TAKES_OVER), user, now)

    def leave(self, sid: str, user: str, now: datetime) -> None:
        """The agent leaves the caller with whoever else is in the call, or is being rung."""
        self._needs_line(sid, user, now)
        ends = conversation.leaving(self.hotline, sid, user, now)
        self._go(sid, ends, "left", user, now)
        if not conversation.agents_here(self.hotline, sid):
            self._caller_joins(sid, now)

    def drop(self, sid: str, user: str, key: str, now: datetime) -> None:
        """Somebody asked in is no longer wanted: they stop ringing, or are hung up."""
        self._needs_line(sid, user, now)
        if conversation.end_of(self.hotline, sid, key) is None:
            raise Refused("no_line")
        self.let_go(sid, key, "dropped", user, now)
        self.settle(sid, now)

    # ---- the recording, the end ------------------------------------------------------------------------------

    def pause(self, sid: str, user: str, paused: bool, now: datetime) -> None:
        """Nothing is recorded while words are spoken that must not be kept."""
        self._needs_line(sid, user, now)
        room = call_notes.recorded_room(self.hotline, sid)
        status = "paused" if paused else "in-progress"
        self.ask((lambda: self.phone.record_room(room, status)) if room else (lambda: self.phone.record(sid, status)))
        call_notes.pause(self.hotline, sid, user, paused, now)

    def end(self, sid: str, user: str, now: datetime) -> None:
        """The call is over for everybody. A line the provider no longer knows has ended already."""
        conversation.check(self.hotline, sid, user, now)
        if self.on_line(sid):
            try:
                self.phone.hang_up(sid)
            except (NotSent, Unsure) as no:
                raise Refused("line_failed", why=str(no)[:120]) from no
            except Undeliverable as unknown:
                log.warning("call %s is ended here; the provider said: %s", sid, unknown)
        calls.ended(self.hotline, sid, now, user)
        self.settle(sid, now)

    # ---- the provider's news -------------------------------------------------------------------------------

    def entered(self, key: str, line_sid: str, now: datetime) -> Place | None:
        """A line asks where it belongs. Whoever takes the call over lets the agent go and fetches the caller."""
        place = line_news.enters(self.hotline, key, line_sid, now)
        if place is None or place.hears is not Hears.ROOM or place.role is LineRole.CALLER:
            return place
        if place.mode is PartMode.TAKES_OVER:
            self._handed_on(place, now)
        if place.role is not LineRole.SUPERVISOR and not conversation.agents_here(self.hotline, place.call_sid):
            self._caller_joins(place.call_sid, now)
        return place

    def _handed_on(self, place: Place, now: datetime) -> None:
        """Whoever handed the call on is let go; when the provider will not, they are still in it, see that, and leave by themselves."""
        try:
            ends = conversation.leaving(self.hotline, place.call_sid, place.asked_by, now, handed_on=True)
            self._go(place.call_sid, ends, "handed_on", place.asked_by, now)
        except Refused as no:
            log.warning("call %s: the agent could not be let go: %s %s", place.call_sid, no.code, no.said)

    def _go(self, sid: str, ends: list[End], outcome: str, user: str, now: datetime) -> None:
        try:
            for end in ends:
                self.ask(lambda end=end: self.phone.hang_up(end.sid))  # type: ignore[misc]  # bound at once
        except Refused:
            conversation.stayed(self.hotline, ends)
            raise
        for end in ends:
            conversation.gone(self.hotline, end.key, outcome, user, now)

    def _caller_joins(self, sid: str, now: datetime) -> None:
        """Off hold once somebody else than the agent has the call; the caller's document would find out by itself a little later."""
        if conversation.waits_for_nobody(self.hotline, sid, now):
            calls.resumed(self.hotline, sid, now)
            with suppress(Refused):
                self.gather(conversation.meet(self.hotline, sid, now))

    def settle(self, sid: str, now: datetime) -> None:
        """After anything: the caller gone, all others are hung up; the caller left alone, they are fetched out of the empty room."""
        for line_sid in line_news.release(self.hotline, sid, now):
            with suppress(Refused):
                self.ask(lambda line_sid=line_sid: self.phone.hang_up(line_sid))  # type: ignore[misc]  # bound at once
        caller = line_news.left_alone(self.hotline, sid, now)
        if caller is not None and self.on_line(sid):
            with suppress(Refused):
                self.ask(lambda: self.phone.redirect(caller.sid, room_path(caller.key)))

    # ---- asking the provider -------------------------------------------------------------------------------

    def _needs_line(self, sid: str, user: str, now: datetime) -> None:
        conversation.check(self.hotline, sid, user, now)
        if not self.on_line(sid):
            raise Refused("no_line")

    def ring(self, sid: str, invited: conversation.Invited, user: str, now: datetime) -> str:
        """Their telephone rings. A doubtful request may ring: its own news, or nothing within a minute, will tell."""
        try:
            line_sid = self.phone.place(invited.to, room_path(invited.key) + "&asks=1" * invited.asks, _status_path(invited.key), RINGS_FOR)
        except Unsure as doubt:
            log.warning("call %s: whether %s rings is not known: %s", sid, invited.key, doubt)
        except (NotSent, Undeliverable) as no:
            conversation.gone(self.hotline, invited.key, "failed", user, now)
            raise Refused("line_failed", why=str(no)[:120]) from no
        else:
            line_news.heard(self.hotline, invited.key, line_sid, "initiated", now, now)
        return invited.key

    def let_go(self, sid: str, key: str, outcome: str, user: str, now: datetime) -> None:
        """Over for us at once: should its telephone be picked up all the same, it is told to hang up."""
        end = conversation.end_of(self.hotline, sid, key)
        conversation.gone(self.hotline, key, outcome, user, now)
        if end is not None and end.sid:
            with suppress(Refused):
                self.ask(lambda: self.phone.hang_up(end.sid))

    def _is_held(self, sid: str) -> bool:
        with self.hotline.store.reading() as session:
            return session.scalar(sa.select(CallRow.state).where(CallRow.sid == sid)) == CallState.HELD

    @staticmethod
    def ask(do: Callable[[], None]) -> None:
        """Moving, hanging up and the like may be said twice: so a doubtful answer is asked once more, and then believed."""
        try:
            do()
        except Unsure:
            try:
                do()
            except Unsure as doubt:
                log.warning("not known whether it was done: %s", doubt)
            except (NotSent, Undeliverable) as no:
                log.warning("not known whether it was done the first time: %s", no)
        except (NotSent, Undeliverable) as no:
            raise Refused("line_failed", why=str(no)[:120]) from no
