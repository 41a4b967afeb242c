"""The shipped policy, and small facts to try its rules on."""

import pytest

from callcenter.domain import policy_file
from callcenter.domain.policy import Policy
from callcenter.services import rulebook


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """The four policy files as they are shipped."""
    return rulebook.read_folder()


@pytest.fixture(scope="session")
def policy(texts) -> Policy:
    return policy_file.parse(texts)
