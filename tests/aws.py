"""S3 and KMS for tests: moto's server, in this process.

A test that asks for `s3` gets a client with one empty bucket, `S3_BUCKET`; the client's
`meta.endpoint_url` is the server's address. One that asks for `kms` gets a client of KMS at
`aws_url`.
"""

from collections.abc import Iterator
from typing import Any

import pytest

S3_BUCKET = "cameo"


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=aws_url)
    client.create_bucket(Bucket=S3_BUCKET)
    yield client
    for entry in client.list_objects_v2(Bucket=S3_BUCKET).get("Contents", ()):
        client.delete_object(Bucket=S3_BUCKET, Key=entry["Key"])
    client.delete_bucket(Bucket=S3_BUCKET)
    client.close()


@pytest.fixture
def kms(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from storage.aws.kms import connect

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    # moto's server is this process: on a busy machine it takes longer than KMS may
    monkeypatch.setattr("storage.aws.kms.TIMEOUT_S", 60)
    client = connect(region="us-east-1", endpoint_url=aws_url)
    yield client
    client.close()
