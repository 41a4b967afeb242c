"""Twilio's signature of a webhook, and the secret of a trial without an account."""

import base64
import hmac
import os
import secrets
from collections.abc import Mapping
from hashlib import sha1
from pathlib import Path

from callcenter.config import Settings


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """The X-Twilio-Signature of a form posted to *url*: HMAC-SHA1 over the address and the sorted names and values."""
    content = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), content.encode(), sha1).digest()).decode()


def accepted_tokens(settings: Settings) -> tuple[str, ...]:
    """The secrets a webhook may be signed with; on a trial without an account, the one kept in the data folder."""
    if settings.twilio_auth_tokens or not settings.demo:
        return settings.twilio_auth_tokens
    return (_kept(settings.data_dir),)


def trial_token(settings: Settings) -> str | None:
    """What the demonstration signs with: the account's newest secret, else the one the running server keeps."""
    if settings.twilio_auth_tokens:
        return settings.twilio_auth_tokens[0]
    kept = settings.data_dir / "demo_auth_token"
    return kept.read_text().strip() if kept.exists() else None


def _kept(data_dir: Path) -> str:
    """Made on first use and readable by us only; linked into place whole, so nobody reads half of it."""
    kept, draft = data_dir / "demo_auth_token", data_dir / f".demo_auth_token.{secrets.token_hex(8)}"
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as page:
            page.write(secrets.token_hex(32))
        try:
            os.link(draft, kept)
        except FileExistsError:
            pass  # another process was first: its secret is the one
        finally:
            draft.unlink()
    return kept.read_text().strip()
