"""The REST API a real account has, as far as a hotline uses it: calls, recordings, conferences, texts; and its refusals."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from callcenter.simulator import conferences, forms
from callcenter.simulator.calls import Call, Callback, Recording, Text
from callcenter.simulator.conferences import Conference, Participant
from callcenter.simulator.exchange import Exchange
from callcenter.simulator.refusals import Given, Refusal, check_address, moment, one
from callcenter.simulator.twiml import Verb

_NUMBER = re.compile(r"\+?[0-9]{3,15}|client:[A-Za-z0-9_]{1,121}|sips?:.{1,255}")
_EVENTS = ("initiated", "ringing", "answered", "completed")


@dataclass(slots=True)
class Rest:
    """
    Answers requests of the account's owner.

    Args:
        calls_per_second: calls asked for faster than that are queued, as on a real account.
    """

    exchange: Exchange
    calls_per_second: float = 1.0
    _next_call_at: float = 0.0
    routes: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.routes = [(method, re.compile(pattern), do) for method, pattern, do in (
            ("POST", r"Calls", self._make_call), ("GET", r"Calls", self._list_calls),
            ("POST", r"Calls/(\w+)", self._change_call), ("GET", r"Calls/(\w+)", self._show_call),
            ("POST", r"Calls/(\w+)/Recordings/(?:Twilio\.CURRENT|RE\w+)", self._change_recording),
            ("POST", r"Calls/(\w+)/Recordings", self._begin_recording),
            ("GET", r"Conferences", self._list_conferences), ("POST", r"Conferences/(\w+)", self._change_conference),
            ("GET", r"Conferences/(\w+)/Participants", self._list_participants),
            ("POST", r"Conferences/(\w+)/Participants/(\w+)", self._change_participant),
            ("DELETE", r"Conferences/(\w+)/Participants/(\w+)", self._remove_participant),
            ("POST", r"Messages", self._send_text), ("GET", r"Messages", self._list_texts), ("GET", r"Messages/(\w+)", self._show_text),
            ("GET", r"Recordings/(\w+)", self._show_recording), ("DELETE", r"Recordings/(\w+)", self._delete_recording),
        )]

    def answer(self, method: str, path: str, given: Given) -> tuple[int, Any]:
        """Status and body for a path below the account, such as "Calls"; the account itself was checked before."""
        try:
            for allowed, pattern, do in self.routes:
                found = pattern.fullmatch(path)
                if found and allowed == method:
                    result: tuple[int, Any] = do(*found.groups(), given)
                    return result
            raise Refusal(404, 20404, f"The requested resource {path} was not found")
        except Refusal as refused:
            return refused.status, refused.body

    # --- calls

    def _make_call(self, given: Given) -> tuple[int, Any]:
        to, source = one(given, "To"), one(given, "From")
        if not _NUMBER.fullmatch(to):
            raise Refusal(400, 21211 if to else 21201, f"The phone number you are attempting to call, {to or 'none'}, is not valid.")
        if not _NUMBER.fullmatch(source):
            raise Refusal(400, 21212 if source else 21213, "The source phone number provided is not valid")
        if not one(given, "Url") and not one(given, "Twiml"):
            raise Refusal(400, 21205, "Url parameter is required")
        for name in ("Url", "StatusCallback"):
            check_address(name, one(given, name))
        exchange = self.exchange
        callback = Callback(one(given, "StatusCallback"), frozenset(given.get("StatusCallbackEvent") or ["completed"]))
        if not callback.events <= set(_EVENTS):
            raise Refusal(400, 21626, f"StatusCallbackEvent must be repeated, each one of {', '.join(_EVENTS)}")
        call = exchange.new_call("outbound-api", source, to, callback=callback)
        call.wish, call.fallback = {name: values[0] for name, values in given.items()}, one(given, "FallbackUrl")
        wait = max(0.0, self._next_call_at - exchange.timeline.now)
        self._next_call_at = exchange.timeline.now + wait + 1 / self.calls_per_second
        exchange.timeline.after(wait, exchange.ring, call)
        exchange.timeline.after(wait + float(one(given, "Timeout") or 60), self._not_answered, call)
        return 201, self._call(call)

    def _not_answered(self, call: Call) -> None:
        if call.status in ("queued", "initiated", "ringing"):
            self.exchange.end(call, "no-answer", 487)

    def _list_calls(self, given: Given) -> tuple[int, Any]:
        to, status, after = one(given, "To"), one(given, "Status"), one(given, "StartTime>") or one(given, "StartTime")
        found = [c for c in reversed(self.exchange.calls.values()) if (not to or c.target == to) and (not status or c.status == status)
                 and (not after or c.made >= moment(after))]
        return 200, self._page("calls", "Calls", [self._call(c) for c in found[: int(one(given, "PageSize") or 50)]])

    def _show_call(self, sid: str, _given: Given) -> tuple[int, Any]:
        return 200, self._call(self._known(sid))

    def _change_call(self, sid: str, given: Given) -> tuple[int, Any]:
        call = self._known(sid)
        if call.is_over:
            raise Refusal(400, 21220, f"Call is not in-progress. Cannot redirect. Call {sid} is {call.status}")
        if one(given, "Status") in ("completed", "canceled"):
            if one(given, "Status") == "completed" and call.status == "ringing" and call.direction == "inbound":
                self.exchange.end(call, "completed")
            self.exchange.hang_up(call)
        elif one(given, "Url") or one(given, "Twiml"):
            check_address("Url", one(given, "Url"))
            if call.status != "in-progress":
                raise Refusal(400, 21220, f"Call is not in-progress. Cannot redirect. Call {sid} is {call.status}")
            self.exchange.redirect(call, one(given, "Url"), one(given, "Twiml"))
        else:
            raise Refusal(400, 21218, "Invalid ApplicationSid, Url, Twiml or Status")
        return 200, self._call(call)

    def _known(self, sid: str) -> Call:
        if sid not in self.exchange.calls:
            raise Refusal(404, 20404, f"The requested resource /Calls/{sid}.json was not found")
        return self.exchange.calls[sid]

    def _call(self, call: Call) -> dict[str, Any]:
        talked = None if call.over_at is None else str(round(call.over_at - (call.answered_at or call.over_at)))
        return {"sid": call.sid, "account_sid": self.exchange.account, "from": call.source, "to": call.target, "status": call.status,
                "direction": call.direction, "parent_call_sid": call.parent.sid if call.parent else None, "date_created": forms.rfc2822(call.made),
                "start_time": forms.rfc2822(call.began or call.made), "end_time": forms.rfc2822(call.ended) if call.ended else None,
                "duration": talked, "uri": f"/2010-04-01/Accounts/{self.exchange.account}/Calls/{call.sid}.json"}

    # --- recordings

    def _begin_recording(self, sid: str, given: Given) -> tuple[int, Any]:
        call = self._known(sid)
        if call.status != "in-progress":
            raise Refusal(400, 21220, "Requested resource is not eligible for recording")
        verb = Verb("Dial", {"recordingStatusCallback": one(given, "RecordingStatusCallback"),
                             "recordingStatusCallbackEvent": " ".join(given.get("RecordingStatusCallbackEvent", ["completed"]))})
        return 201, self._recording(self.exchange.recordings.begin(call, "StartCallRecordingAPI", str, verb))

    def _change_recording(self, sid: str, given: Given) -> tuple[int, Any]:
        status = one(given, "Status")
        if status not in ("paused", "in-progress", "stopped"):
            raise Refusal(400, 20001, f"Invalid Status {status}")
        kept = self.exchange.recordings.change(self._known(sid), status)
        if kept is None:
            raise Refusal(404, 20404, "The requested resource was not found: nothing is being recorded")
        return 200, self._recording(kept)

    def _show_recording(self, sid: str, _given: Given) -> tuple[int, Any]:
        return 200, self._recording(self._kept(sid))

    def _delete_recording(self, sid: str, _given: Given) -> tuple[int, Any]:
        del self.exchange.recordings.all[self._kept(sid).sid]
        return 204, None

    def _kept(self, sid: str) -> Recording:
        if sid not in self.exchange.recordings.all:
            raise Refusal(404, 20404, f"The requested resource /Recordings/{sid}.json was not found")
        return self.exchange.recordings.all[sid]

    def _recording(self, kept: Recording) -> dict[str, Any]:
        return {"sid": kept.sid, "account_sid": self.exchange.account, "call_sid": kept.call.sid, "status": kept.status, "source": kept.source,
                "duration": str(kept.seconds), "start_time": forms.rfc2822(kept.began), "date_created": forms.rfc2822(kept.began),
                "conference_sid": kept.conference_sid or None, "channels": 1}

    # --- conferences

    def _list_conferences(self, given: Given) -> tuple[int, Any]:
        name, status = one(given, "FriendlyName"), one(given, "Status")
        found = [c for c in reversed(self.exchange.conferences) if (not name or c.name == name) and (not status or c.status == status)]
        return 200, self._page("conferences", "Conferences", [self._conference(c) for c in found])

    def _change_conference(self, sid: str, given: Given) -> tuple[int, Any]:
        room = self._room(sid)
        if one(given, "Status") == "completed":
            conferences.end(self.exchange, room)
        return 200, self._conference(room)

    def _list_participants(self, sid: str, _given: Given) -> tuple[int, Any]:
        return 200, self._page("participants", f"Conferences/{sid}/Participants", [self._participant(p) for p in self._room(sid).parts])

    def _change_participant(self, sid: str, call_sid: str, given: Given) -> tuple[int, Any]:
        part = self._part(sid, call_sid)
        conferences.change(self.exchange, part, {name: values[0] for name, values in given.items()})
        return 200, self._participant(part)

    def _remove_participant(self, sid: str, call_sid: str, _given: Given) -> tuple[int, Any]:
        conferences.leave(self.exchange, self._part(sid, call_sid))
        return 204, None

    def _room(self, sid: str) -> Conference:
        for room in self.exchange.conferences:
            if room.sid == sid:
                return room
        raise Refusal(404, 20404, f"The requested resource /Conferences/{sid}.json was not found")

    def _part(self, sid: str, call_sid: str) -> Participant:
        for part in self._room(sid).parts:
            if part.call.sid == call_sid:
                return part
        raise Refusal(404, 20404, f"The requested resource /Conferences/{sid}/Participants/{call_sid}.json was not found")

    def _conference(self, room: Conference) -> dict[str, Any]:
        return {"sid": room.sid, "account_sid": self.exchange.account, "friendly_name": room.name, "status": room.status,
                "date_created": forms.rfc2822(room.made), "region": "us1"}

    def _participant(self, part: Participant) -> dict[str, Any]:
        return {"call_sid": part.call.sid, "conference_sid": part.room.sid, "account_sid": self.exchange.account, "muted": part.muted,
                "hold": part.hold, "coaching": bool(part.coaching), "call_sid_to_coach": part.coaching or None, "status": "connected",
                "start_conference_on_enter": part.starts, "end_conference_on_exit": part.ends}

    # --- texts

    def _send_text(self, given: Given) -> tuple[int, Any]:
        to, body = one(given, "To"), one(given, "Body")
        if not _NUMBER.fullmatch(to):
            raise Refusal(400, 21211 if to else 21604, "The 'To' number is not a valid phone number")
        if not body:
            raise Refusal(400, 21602, "Message body is required")
        if len(body) > 1600:
            raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        check_address("StatusCallback", one(given, "StatusCallback"))
        return 201, self._text(self.exchange.texts.send(one(given, "From") or self.exchange.number, to, body, one(given, "StatusCallback")))

    def _list_texts(self, given: Given) -> tuple[int, Any]:
        to, after = one(given, "To"), one(given, "DateSent>") or one(given, "DateSent")
        found = [t for t in reversed(self.exchange.texts.all) if (not to or t.target == to) and (not after or t.made >= moment(after))]
        return 200, self._page("messages", "Messages", [self._text(t) for t in found[: int(one(given, "PageSize") or 50)]])

    def _show_text(self, sid: str, _given: Given) -> tuple[int, Any]:
        for text in self.exchange.texts.all:
            if text.sid == sid:
                return 200, self._text(text)
        raise Refusal(404, 20404, f"The requested resource /Messages/{sid}.json was not found")

    def _text(self, text: Text) -> dict[str, Any]:
        return {"sid": text.sid, "account_sid": self.exchange.account, "from": text.source, "to": text.target, "body": text.body,
                "status": text.status, "direction": text.direction, "date_created": forms.rfc2822(text.made), "date_sent": forms.rfc2822(text.made),
                "num_segments": "1", "num_media": "0", "error_code": None, "error_message": None}

    def _page(self, name: str, path: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{self.exchange.account}/{path}.json"
        return {name: rows, "page": 0, "page_size": 50, "uri": uri, "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None,
                "start": 0, "end": len(rows)}
