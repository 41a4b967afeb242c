"""The simulator's own HTTP server, on loopback: the REST API of the account, and /line for the page of telephones."""

import base64
import hmac
import json
import logging
import re
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from callcenter import clock
from callcenter.simulator.recordings import sound
from callcenter.simulator.rest import Rest
from callcenter.simulator.telephones import Telephones
from callcenter.simulator.timeline import RealTimeline

log = logging.getLogger(__name__)
LONGEST_BODY = 256_000
#: how long a request is left without an answer when a timeout is asked for
SILENCE = 20.0


class LineServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only; every request shows the account's id and secret."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, account: str, token: str, rest: Rest, telephones: Telephones) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.account, self.token, self.rest, self.telephones = account, token, rest, telephones

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Serve in threads, until `shutdown`."""
        timeline = self.rest.exchange.timeline
        if isinstance(timeline, RealTimeline):
            Thread(target=timeline.serve, args=(lambda: log.exception("the line stumbled"),), name="timeline", daemon=True).start()
        Thread(target=self.serve_forever, name="line", daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: LineServer
    protocol_version = "HTTP/1.1"
    server_version = "LineSimulator"
    timeout = 30

    def do_GET(self) -> None:
        """Lists and single things."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Making and changing."""
        self._answer("POST")

    def do_DELETE(self) -> None:
        """Removing."""
        self._answer("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        """Numbers stay out of the log."""

    def _answer(self, method: str) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST_BODY:
            self._send(413, {"message": "too long"})
            return
        body = self.rfile.read(length).decode("utf-8", "replace") if length else ""
        if parts.path == "/healthz":
            self._send(200, {"ok": True})
        elif not self._is_owner():
            self._send(401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif parts.path.startswith("/line/"):
            with self.server.rest.exchange.timeline.lock:
                answer = self.server.telephones.answer(method, parts.path.removeprefix("/line/"), parse_qs(body or parts.query))
            self._send(*answer)
        elif not self._suffers():
            self._rest(method, parts.path, parse_qs(body if method == "POST" else parts.query))

    def _is_owner(self) -> bool:
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        wanted = base64.b64encode(f"{self.server.account}:{self.server.token}".encode()).decode()
        return kind == "Basic" and hmac.compare_digest(given.encode(), wanted.encode())

    def _suffers(self) -> bool:
        """Whether this request meets the trouble that was asked for."""
        match self.server.telephones.trouble.next():
            case "":
                return False
            case "rate":
                self._send(429, {"code": 20429, "message": "Too Many Requests", "status": 429})
            case "down":
                self._send(503, {"code": 20503, "message": "Service unavailable", "status": 503})
            case "timeout":
                clock.sleep(SILENCE)
                self.close_connection = True
            case _:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
        return True

    def _rest(self, method: str, path: str, given: dict[str, list[str]]) -> None:
        prefix = f"/2010-04-01/Accounts/{self.server.account}/"
        if not path.startswith(prefix):
            self._send(404, {"code": 20404, "message": f"The requested resource {path} was not found", "status": 404})
            return
        below, _, kind = path.removeprefix(prefix).rpartition(".") if re.search(r"\.(json|wav|mp3)$", path) else (path.removeprefix(prefix), "", "")
        with self.server.rest.exchange.timeline.lock:
            status, body = self.server.rest.answer(method, below, given)
        if method == "GET" and below.startswith("Recordings/") and kind != "json" and status == 200:
            self._send_bytes(200, "audio/x-wav", sound(int(body["duration"])))
        else:
            self._send(status, body)

    def _send(self, status: int, body: Any) -> None:
        self._send_bytes(status, "application/json", b"" if body is None else json.dumps(body, ensure_ascii=False).encode())

    def _send_bytes(self, status: int, kind: str, content: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # whoever asked has gone
