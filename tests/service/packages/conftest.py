"""A generator that acts for Bob, and Ann's cameo, which Bob may generate with."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.service.making import plain_grant
from tests.service.packages.asking import STUDIO, STUDIO_SCOPES, enroll
from tests.service.running import RunningService


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """A generator, which acts for Bob."""
    key = service.key(*STUDIO_SCOPES, principal=STUDIO, acts_for=("user:bob",))
    with service.client(key) as client:
        yield client


@pytest.fixture
def cameo(service: RunningService, platform: httpx2.Client) -> str:
    """Ann's cameo, of which Bob may make anything."""
    id = enroll(service, "user:ann")
    plain_grant(platform, id, terms={"facets": ["face", "voice", "name"]})
    return id
