"""Fetches the provider's browser telephone from the npm registry this machine uses, and keeps it only when it is byte for byte the known one."""

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha512
from pathlib import Path
from urllib.request import urlopen

from callcenter.config import softphone_file

PACKAGE, VERSION = "@twilio/voice-sdk", "2.18.5"
INTEGRITY = "sha512-2/tw1IDAIn7j6yFDOln8p93v3aHIxNIN93JwL98cHIlbkSNeU/Jt9zGM/0TvDpNjo+k88lvAew4jgOjKlc9/KA=="
INSIDE = "package/dist/twilio.min.js"
#: seconds without a byte
TIMEOUT = 60
LARGEST = 20_000_000


class NotFetched(Exception):
    """One line for a person: what went wrong."""


def registry(environ: Mapping[str, str], home: Path) -> str:
    """
    The registry npm would ask: the environment's, else that of ~/.npmrc, else what npm itself says.

    Raises:
        NotFetched: nobody names one.
    """
    named = next((held for name, held in environ.items() if name.lower() == "npm_config_registry" and held), None)
    found = named or _npmrc(home / ".npmrc") or _npms_own(environ)
    if not found:
        raise NotFetched("没有 npm,也没有设 NPM_CONFIG_REGISTRY / neither npm nor NPM_CONFIG_REGISTRY is there to name a registry")
    return found.rstrip("/") + "/"


def _npms_own(environ: Mapping[str, str]) -> str | None:
    """Asked of npm, where it is installed."""
    npm = shutil.which("npm", path=environ.get("PATH"))
    if npm is None:
        return None
    said = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, timeout=TIMEOUT, check=False).stdout.strip()
    return said if said.startswith(("https://", "http://")) else None


def _npmrc(file: Path) -> str | None:
    if not file.is_file():
        return None
    held = dict(re.findall(r"(?m)^\s*(@twilio:registry|registry)\s*=\s*(\S+)\s*$", file.read_text("utf-8", "replace")))
    return held.get("@twilio:registry") or held.get("registry")


def install(data_dir: Path, environ: Mapping[str, str] = os.environ, home: Path | None = None, get: Callable[[str], bytes] | None = None) -> Path:
    """
    Put the file where the hotline serves it from; its path.

    Raises:
        NotFetched: the registry could not be reached, or gave something else than the known package. Nothing is kept then.
    """
    ask, asked = get or _get, registry(environ, home or Path.home())
    try:
        about = json.loads(ask(f"{asked}{PACKAGE}/{VERSION}"))
        package = ask(str(about["dist"]["tarball"]))
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise NotFetched(f"{asked}: {type(wrong).__name__}: {wrong}"[:300]) from wrong
    found = "sha512-" + b64encode(sha512(package).digest()).decode()
    if found != INTEGRITY:
        raise NotFetched(f"{PACKAGE}@{VERSION}: {found} ≠ {INTEGRITY}")
    return _kept(_inside(package), softphone_file(data_dir))


def _get(url: str) -> bytes:
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError(f"not https: {url}")
    with urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 - the scheme was looked at one line above
        return bytes(answer.read(LARGEST))


def _inside(package: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        member = archive.extractfile(INSIDE)
        if member is None:
            raise NotFetched(f"{PACKAGE}@{VERSION}: {INSIDE} is missing")
        return member.read()


def _kept(script: bytes, file: Path) -> Path:
    """Moved into place whole: a page never gets half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.part")
    draft.write_bytes(script)
    draft.replace(file)
    return file
