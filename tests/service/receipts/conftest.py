"""People of whom an archive tells."""

import httpx2
import pytest

from tests.service.making import draft, grant, question, revoke
from tests.service.receipts.keeping import sequence
from tests.service.running import RunningService


@pytest.fixture
def world(service: RunningService, platform: httpx2.Client) -> dict[str, str]:
    """Ann and Ben, each with secrets, in one use together."""
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    ids = {"ann": ann, "ben": ben}
    for owner, cameo in (("ann", ann), ("ben", ben)):
        credit = {"kind": "credit", "text": f"words-of-{owner}"}
        ids[f"{owner}-grant"] = grant(platform, cameo, obligations=[credit])
        ids[f"{owner}-other"] = grant(platform, cameo, f"user:friend-of-{owner}")
        policy = {"audience": {"tag": "everyone"}}
        assert platform.put(f"/v1/cameos/{cameo}/policy", json=policy).status_code == 200
        block = f"/v1/principals/user:{owner}/blocks/user:foe-of-{owner}"
        assert platform.put(block).status_code == 204
    assert platform.put("/v1/principals/user:ben/blocks/user:ann").status_code == 204
    pairs = {"add": [["user:ann", "user:dora"], ["user:ben", "user:carl"]]}
    assert platform.post("/v1/relationships", json=pairs).status_code == 200
    both = [
        {"cameo_id": cameo, "facets": ["face"], "appearance_change": "none"}
        for cameo in sorted((ann, ben))
    ]
    with service.client(service.key(principal="app:studio", acts_for=("user:bob",))) as studio:
        ids["use"] = draft(studio, question(ann, likenesses=both))["id"]
    revoke(platform, ids["ann-other"])
    sequence(service)
    return ids
