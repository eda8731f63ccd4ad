"""The whole service with its root key and its key-encryption key at a KMS server."""

from pathlib import Path
from typing import Any

import pytest

from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.algorithms import Algorithm
from storage.errors import KeyUnavailable, Tampered
from storage.keys import Purpose
from storage.store import migrate
from tests.storage import samples
from tests.storage.test_key_services import signing_key


def settings_for(kms: Any, aws_url: str, data_dir: Path) -> Settings:
    return Settings(
        data_dir=data_dir,
        kms_root_key=signing_key(kms),
        kms_key_encryption_key=kms.create_key()["KeyMetadata"]["KeyId"],
        kms_endpoint_url=aws_url,
    )


def test_no_key_lies_on_the_machine(
    kms: Any, aws_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    settings = settings_for(kms, aws_url, tmp_path)
    migrate(settings.resolved_database_url)
    template = samples.template()
    with build(settings) as context:
        token = context.signer.sign(Purpose.RECEIPT, {"jti": "1"})
        context.keys.rotate([Purpose.RECEIPT])
        assert context.keys.root_document()["root"]["alg"] == Algorithm.ES256
        with context.store.write() as tx:
            tx.cameos.add(samples.cameo(id=template.cameo_id))
            tx.templates.put([template])
        secret = context.keys.secret("face index")
    assert not (tmp_path / "keys").exists()
    with build(settings) as context:
        assert context.signer.open(Purpose.RECEIPT, token) == {"jti": "1"}
        assert context.keys.secret("face index") == secret
        with context.store.read() as tx:
            assert tx.templates.of_cameo(template.cameo_id) == [template]
        assert len(context.keys.audit()) == len(Purpose) + 1
    other_root = settings.model_copy(update={"kms_root_key": signing_key(kms)})
    with pytest.raises(Tampered, match="root key"), build(other_root):
        pass
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.setattr("storage.aws.kms.ATTEMPTS", 1)
    away = settings.model_copy(update={"kms_endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(KeyUnavailable), build(away):
        pass
