"""The packages that Twilio publishes on npm, put where scripts/test-twilio says; without them these tests are skipped, with the reason."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import mock_api

PACKAGES = os.environ.get("TWILIO_PACKAGES", "")
#: where the test run before left every TwiML document it was answered with
SEEN = os.environ.get("TWIML_SEEN", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = pytest.mark.skip(reason="optional: run scripts/test-twilio (needs Node 20 and npm)")
    for item in items:
        if not PACKAGES and "tests/contract/" in item.nodeid:
            item.add_marker(reason)


@pytest.fixture(scope="session")
def packages() -> Path:
    return Path(PACKAGES) / "node_modules"


@pytest.fixture(scope="session")
def documents() -> dict[str, str]:
    """Every TwiML document the hotline answered with in tests/telephony: file name → text."""
    return {page.name: page.read_text() for page in sorted(Path(SEEN).glob("*.xml"))}


@pytest.fixture(scope="session")
def mock(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The mock's address; its process is ours and ends with the tests."""
    described = tmp_path_factory.mktemp("twilio") / "api.json"
    described.write_text(json.dumps(mock_api.description(packages / "@twilio/cli-core/src/services/twilio-api", "twilio_api_v2010.json")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    node = shutil.which("node")
    assert node
    said = (described.parent / "mock.log").open("w")
    command = [node, str(packages / ".bin/prism"), "mock", "-h", "127.0.0.1", "-p", str(port), str(described)]
    process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
    try:
        _answers(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        said.close()


def _answers(process: subprocess.Popen[bytes], address: str) -> None:
    """Wait until it listens; any answer will do."""
    for _ in range(300):
        assert process.poll() is None, "the mock has ended by itself"
        try:
            urllib.request.urlopen(address, timeout=1)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the mock does not answer")
