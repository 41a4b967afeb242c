"""The rules in force and every earlier version of them: a ticket runs to its end under the one it was opened under."""

import copy
import getpass
import hashlib
import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter import resources
from callcenter.domain import policy_file
from callcenter.domain.policy import Policy
from callcenter.domain.reading import PolicyError
from callcenter.storage.store import Store
from callcenter.storage.tables import PolicyFileRow, PolicyRow


def read_folder(folder: Path | None = None) -> dict[str, str]:
    """The policy files' texts, from *folder* or the company's own workflows/.

    Raises:
        PolicyError: a file is missing or is not UTF-8 text.
    """
    folder = folder or resources.folder("workflows")
    texts = {}
    for name in policy_file.FILES:
        try:
            texts[name] = (folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise PolicyError(f"{folder / name}: 没有这个文件 (no such file)") from None
        except UnicodeDecodeError:
            raise PolicyError(f"{folder / name}: 不是 UTF-8 文本 (not UTF-8 text)") from None
    return texts


class Rulebook:
    """Today's policy, and those of running tickets by their id."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self.texts = dict(texts or read_folder())
        self.policy: Policy = policy_file.parse(self.texts)
        self.id = 0
        self._known: dict[int, Policy] = {}

    def copy(self) -> "Rulebook":
        """The same rules, to be revised without changing these."""
        other = copy.copy(self)
        other._known = dict(self._known)
        return other

    def install(self, store: Store, now: datetime, by: str = "") -> None:
        """Store today's rules under their versions; call once at start. `by`: who put them into force (`installer`).

        Raises:
            PolicyError: a file's text changed while its version did not ("add one to version").
        """
        with store.transaction() as session:
            for name, text in sorted(self.texts.items()):
                _store_file(session, name, self.policy.versions[name], text)
            sha = _sha("".join(f"{name}\0{text}\0" for name, text in sorted(self.texts.items())))
            row = session.scalar(sa.select(PolicyRow).where(PolicyRow.sha == sha))
            if row is None:
                row = PolicyRow(sha=sha, versions=dict(self.policy.versions), texts=self.texts, stored_at=now, stored_by=by)
                session.add(row)
                session.flush()
            self.id = row.id
        self._known[self.id] = self.policy

    def revise(self, store: Store, texts: Mapping[str, str], now: datetime) -> None:
        """New rules from *now* on; what runs keeps the ones it was opened under.

        Raises:
            PolicyError: the texts are wrong, or changed under an old version; the rules in force stay.
        """
        new = Rulebook(texts)
        new.install(store, now)
        self._known.update(new._known)
        self.texts, self.policy, self.id = new.texts, new.policy, new.id

    def of(self, session: Session, policy_id: int) -> Policy:
        """The rules a ticket was opened under."""
        if policy_id not in self._known:
            row = session.get_one(PolicyRow, policy_id)
            self._known[policy_id] = policy_file.parse(row.texts)
        return self._known[policy_id]


def installer() -> str:
    """The account and the machine this process runs on: whoever may start it may change the files."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a container's account may have no name
        account = "?"
    return f"{account}@{socket.gethostname()}"[:80]


def _store_file(session: Session, name: str, version: int, text: str) -> None:
    sha = _sha(text)
    row = session.get(PolicyFileRow, (name, version))
    if row is None:
        session.add(PolicyFileRow(name=name, version=version, sha=sha))
    elif row.sha != sha:
        raise PolicyError(f"{name}:1: version: 版本 {version} 的内容改过了,请把 version 加一 "
                          f"(the text of version {version} has changed; add one to version)")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
