"""Settings, read once from the environment; a bad value is named together with its valid form."""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

#: A unix socket's path must fit into 104 bytes (macOS; Linux: 108), the closing zero included.
LONGEST_SOCKET_PATH = 100

_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}


class SettingsError(ValueError):
    """One line for a person: the variable, what it holds, and what it should look like."""

    def __init__(self, variable: str, held: str, valid: str) -> None:
        super().__init__(f"环境变量 {variable} 有误 / bad value: {held!r}; 应为 / expected: {valid}")
        self.variable = variable


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides. Secrets stay out of repr()."""

    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    #: True when REDIS_URL is not set: `callcenter run` then starts its own server on that socket.
    embedded_redis: bool = True
    #: True when DATABASE_URL is not set: one SQLite file in data_dir.
    embedded_database: bool = True
    given_secret_key: str | None = field(default=None, repr=False)
    bind_host: str = "127.0.0.1"
    bind_port: int = 8000
    #: Scheme and host under which customers' browsers and Twilio reach us; no closing slash.
    public_base_url: str | None = None
    twilio_account_sid: str | None = None
    #: Newest first; requests signed with any of them are accepted while a token is being changed.
    twilio_auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    twilio_number: str | None = None
    #: what the browser telephones of the agents sign in with; without all three they stay unconnected
    twilio_api_key_sid: str | None = None
    twilio_api_key_secret: str | None = field(default=None, repr=False)
    twilio_app_sid: str | None = None
    #: calls a second the account may place; Twilio's default is one
    twilio_calls_per_second: int = 1
    #: where Twilio's REST API is asked for instead: only this machine, for the line simulator and for tests
    twilio_api: str | None = None
    workflows_dir: Path | None = None
    demo: bool = False
    web_threads: int = 600
    #: a ledger of more lines is written to a file in the background
    export_at_once: int = 20_000
    time_zone: str = "Asia/Shanghai"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """The settings in force; SettingsError for the first bad value. Touches no file."""
        data_dir = Path(environ.get("CALLCENTER_DATA") or "var").expanduser().absolute()
        host, port = _bind(environ)
        return cls(
            data_dir=data_dir,
            database_url=_database_url(environ, data_dir),
            redis_url=_redis_url(environ, data_dir),
            embedded_redis=not environ.get("REDIS_URL"),
            embedded_database=not environ.get("DATABASE_URL"),
            given_secret_key=_secret_key(environ),
            bind_host=host,
            bind_port=port,
            public_base_url=_public_base_url(environ),
            twilio_account_sid=_matching(environ, "TWILIO_ACCOUNT_SID", r"AC[0-9a-fA-F]{32}", "AC + 32 hex digits"),
            twilio_auth_tokens=_several(environ.get("TWILIO_AUTH_TOKEN", "")),
            twilio_number=_matching(environ, "TWILIO_NUMBER", r"\+[1-9]\d{6,14}", "E.164, +8621…"),
            twilio_api_key_sid=_matching(environ, "TWILIO_API_KEY_SID", r"SK[0-9a-fA-F]{32}", "SK + 32 hex digits"),
            twilio_api_key_secret=_secret(environ, "TWILIO_API_KEY_SECRET", r"[A-Za-z0-9]{32}", "32 letters and digits"),
            twilio_app_sid=_matching(environ, "TWILIO_APP_SID", r"AP[0-9a-fA-F]{32}", "AP + 32 hex digits"),
            twilio_calls_per_second=_number(environ, "TWILIO_CALLS_PER_SECOND", 1, 1, 100),
            twilio_api=_local(environ, "TWILIO_API"),
            workflows_dir=_workflows_dir(environ),
            demo=_claim(environ, "CALLCENTER_DEMO"),
            web_threads=_number(environ, "CALLCENTER_WEB_THREADS", 600, 8, 2000),
            export_at_once=_number(environ, "CALLCENTER_EXPORT_AT_ONCE", 20_000, 0, 1_000_000),
        )

    @property
    def bind(self) -> str:
        """Host and port as gunicorn takes them; an IPv6 host stands in brackets."""
        host = f"[{self.bind_host}]" if ":" in self.bind_host else self.bind_host
        return f"{host}:{self.bind_port}"

    @cached_property
    def secret_key(self) -> str:
        """SECRET_KEY, else the one kept in data_dir/secret_key (made on first use, readable by us only)."""
        return self.given_secret_key or _kept_secret_key(self.data_dir)


def redis_socket(data_dir: Path) -> Path:
    """Where our own Redis listens: in the data folder, or, when that path is too long for a socket,
    in a short folder under the system's temporary one. The same folder always gives the same socket."""
    beside = data_dir / "redis.sock"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_PATH:
        return beside
    short = sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"callcenter-{os.getuid()}-{short}" / "redis.sock"


def softphone_file(data_dir: Path) -> Path:
    """Where the provider's browser telephone lies once `callcenter softphone` has fetched it; the version is part of its name."""
    return data_dir / "assets" / "twilio-voice-2.18.5.min.js"


def export_folder(data_dir: Path) -> Path:
    """Where long ledgers are written and lie for a day; the web processes and whoever writes must share it."""
    return data_dir / "exports"


def host_and_port(given: str, port: int) -> tuple[str, int]:
    """Reads host, host:port, [IPv6] or [IPv6]:port; `port` where none is given. SettingsError names the valid forms."""
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:]+)\]|([\w.-]+))(?::([0-9]{1,5}))?", given)
    if not found or not 0 < int(found[3] or port) < 65536:
        raise SettingsError("BIND", given, "127.0.0.1:8000 | 0.0.0.0:8000 | [::1]:8000")
    return found[1] or found[2], int(found[3] or port)


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    given = environ.get("DATABASE_URL", "")
    if not given:
        return f"sqlite:///{data_dir / 'callcenter.sqlite3'}"
    scheme, separator, rest = given.partition("://")
    if separator and scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    if separator and scheme == "sqlite":
        return given
    raise SettingsError("DATABASE_URL", _without_password(given), "postgresql://… | sqlite:///…")


def _redis_url(environ: Mapping[str, str], data_dir: Path) -> str:
    given = environ.get("REDIS_URL", "")
    if not given:
        return f"unix://{redis_socket(data_dir)}"
    if not given.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL", _without_password(given), "redis://… | rediss://… | unix:///…")
    return given


def _without_password(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//…@", url)


def _secret_key(environ: Mapping[str, str]) -> str | None:
    given = environ.get("SECRET_KEY", "")
    if given and len(given) < 16:
        raise SettingsError("SECRET_KEY", f"{len(given)} characters", "≥ 16 characters")
    return given or None


def _kept_secret_key(data_dir: Path) -> str:
    """Linked into place whole, so a second process sees either no file or a complete one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    kept, draft = data_dir / "secret_key", data_dir / f".secret_key.{secrets.token_hex(8)}"
    if not kept.exists():
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as page:
            page.write(secrets.token_hex(32))
        try:
            os.link(draft, kept)
        except FileExistsError:
            pass  # another process was first: its key is the one
        finally:
            draft.unlink()
    return kept.read_text().strip()


def _bind(environ: Mapping[str, str]) -> tuple[str, int]:
    """Where to listen; PORT is the port where BIND names none."""
    port = _number(environ, "PORT", 8000, 1, 65535)
    return host_and_port(environ.get("BIND") or "127.0.0.1", port)


def _public_base_url(environ: Mapping[str, str]) -> str | None:
    given = environ.get("PUBLIC_BASE_URL", "")
    if not given:
        return None
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise SettingsError("PUBLIC_BASE_URL", given, "https://hotline.example.com")
    return given.rstrip("/")


def _workflows_dir(environ: Mapping[str, str]) -> Path | None:
    given = environ.get("CALLCENTER_WORKFLOWS", "")
    if not given:
        return None
    folder = Path(given).expanduser().absolute()
    if not folder.is_dir():
        raise SettingsError("CALLCENTER_WORKFLOWS", given, "an existing folder")
    return folder


def _several(given: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",") if part.strip())


def _matching(environ: Mapping[str, str], variable: str, pattern: str, valid: str) -> str | None:
    given = environ.get(variable, "")
    if given and not re.fullmatch(pattern, given):
        raise SettingsError(variable, given, valid)
    return given or None


def _secret(environ: Mapping[str, str], variable: str, pattern: str, valid: str) -> str | None:
    """The same for what must not be repeated in a message: only its length is named."""
    given = environ.get(variable, "")
    if given and not re.fullmatch(pattern, given):
        raise SettingsError(variable, f"{len(given)} characters", valid)
    return given or None


def _local(environ: Mapping[str, str], variable: str) -> str | None:
    """An address on this very machine: what is said to a simulator leaves the house nowhere else."""
    given = environ.get(variable, "").rstrip("/")
    if given and (urlsplit(given).scheme != "http" or urlsplit(given).hostname not in {"127.0.0.1", "::1", "localhost"}):
        raise SettingsError(variable, given, "http://127.0.0.1:4010")
    return given or None


def _number(environ: Mapping[str, str], variable: str, default: int, least: int, most: int) -> int:
    given = environ.get(variable, "")
    if not given:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", given) or not least <= int(given) <= most:
        raise SettingsError(variable, given, f"{least}…{most}")
    return int(given)


def _claim(environ: Mapping[str, str], variable: str) -> bool:
    given = environ.get(variable, "").strip().lower()
    if given and given not in _YES | _NO:
        raise SettingsError(variable, given, "1 | 0 | yes | no | true | false | on | off")
    return given in _YES
