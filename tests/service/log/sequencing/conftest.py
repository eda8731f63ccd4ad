"""Every test of the sequencer runs with blobs in files, and in a bucket."""

import pytest

from cameo_service.settings import Settings
from tests.aws import S3_BUCKET


@pytest.fixture(params=["local", "s3"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """A deployment whose blobs are files, and one whose blobs lie in a bucket."""
    if request.param == "local":
        return settings
    s3 = request.getfixturevalue("s3")
    bucket = {"blob_url": f"s3://{S3_BUCKET}/some/where", "s3_endpoint_url": s3.meta.endpoint_url}
    return settings.model_copy(update=bucket)
