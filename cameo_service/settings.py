"""The settings of the service, read from `CAMEO_…` environment variables, and what follows of them.

>>> Settings(data_dir=Path("somewhere")).resolved_database_url
'sqlite:///somewhere/cameo.sqlite'
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import model_validator

from cameo_service.settings_given import GivenSettings
from cameo_service.webhooks.targets import TargetRules
from storage.keyring.timing import Timing
from verification.limits import Limits
from verification.pictures import SCANNED


class Settings(GivenSettings):
    """The settings, once they are shown to fit each other."""

    @model_validator(mode="after")
    def _publish_before_signing(self) -> Self:
        if self.key_publish_delay_s <= self.key_refresh_s:
            raise ValueError("CAMEO_KEY_PUBLISH_DELAY_S must be longer than CAMEO_KEY_REFRESH_S")
        if self.key_passphrase is not None and self.key_passphrase_file is not None:
            raise ValueError("CAMEO_KEY_PASSPHRASE and CAMEO_KEY_PASSPHRASE_FILE are both set")
        return self

    @model_validator(mode="after")
    def _another_key_before(self) -> Self:
        present = self.kms_key_encryption_key or "local"
        if self.former_key_encryption_key == present:
            raise ValueError(
                f"CAMEO_FORMER_KEY_ENCRYPTION_KEY names the key-encryption key of now: `{present}`"
            )
        return self

    @property
    def resolved_database_url(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'cameo.sqlite'}"

    @property
    def key_directory(self) -> Path:
        """Where the local keystore is."""
        return self.data_dir / "keys"

    @property
    def key_rotation(self) -> timedelta | None:
        """After how long a signing key is followed by another; None is never."""
        return timedelta(days=self.key_rotation_days) if self.key_rotation_days else None

    @property
    def key_timing(self) -> Timing:
        """How fresh signing keys are, and how long before it signs a key is published."""
        return Timing(
            refresh_s=self.key_refresh_s,
            stale_limit_s=self.key_stale_limit_s,
            publish_delay_s=self.key_publish_delay_s,
        )

    @property
    def issuer(self) -> str:
        """`iss` of every token: the public URL without a slash at its end."""
        return self.public_url.rstrip("/")

    @property
    def resolved_log_origin(self) -> str:
        """The name of a consent log that begins now: an address without its scheme (C2SP)."""
        return self.log_origin or f"{self.issuer.partition('://')[2]}/log"

    @property
    def export_limit(self) -> int:
        """Largest archive in bytes."""
        return self.export_limit_mb * 1_000_000

    @property
    def upload_limit(self) -> int:
        """Largest recording in bytes."""
        return self.upload_limit_mb * 1_000_000

    @property
    def media_limits(self) -> Limits:
        """What a recording may be."""
        return Limits(largest_bytes=self.upload_limit)

    @property
    def scan_limits(self) -> Limits:
        """What one file to look for faces in may be."""
        return replace(SCANNED, largest_bytes=self.scan_upload_limit)

    @property
    def scan_upload_limit(self) -> int:
        """Largest upload of stills or a clip in bytes."""
        return self.scan_upload_limit_mb * 1_000_000

    @property
    def scan_retention(self) -> timedelta:
        """How long the result of a scan is kept."""
        return timedelta(days=self.scan_retention_days)

    @property
    def enrollment_lifetime(self) -> timedelta:
        """How long an enrollment stays open."""
        return timedelta(seconds=self.enrollment_lifetime_s)

    @property
    def challenge_lifetime(self) -> timedelta:
        """How long a challenge may be answered."""
        return timedelta(seconds=self.challenge_lifetime_s)

    @property
    def credential_lifetime(self) -> timedelta:
        """How long an identity credential is valid."""
        return timedelta(days=self.credential_lifetime_days)

    @property
    def permit_lifetime(self) -> timedelta:
        """Longest life of a permit."""
        return timedelta(seconds=self.permit_lifetime_s)

    @property
    def webhook_targets(self) -> TargetRules:
        """Which addresses webhooks may go to."""
        return TargetRules.of(self.webhook_private_networks)

    @property
    def access_request_lifetime(self) -> timedelta:
        """How long an access request waits for its answers."""
        return timedelta(days=self.access_request_days)
