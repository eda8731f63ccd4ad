"""What can be set: every `CAMEO_…` environment variable, with its default and its bounds.

>>> GivenSettings().port
8400
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cameo_service.settings_groups import DELIMITER, PREFIX, only_known, require_sound
from cameo_service.webhooks.targets import TargetRules
from verification.drawing import ChallengePlan
from verification.tolerances import Tolerances

_WEB_ADDRESS = r"^https?://[^/\s]+(/\S*)?$"
_KMS_KEY = r"^(arn:aws[a-z-]*:kms:\S+|alias/[\w/-]+|mrk-[0-9a-f]{32}|[0-9a-f-]{36})$"

Plan = Annotated[ChallengePlan, NoDecode, BeforeValidator(only_known(ChallengePlan))]
Bounds = Annotated[
    Tolerances,
    NoDecode,
    BeforeValidator(only_known(Tolerances)),
    AfterValidator(lambda given: require_sound(given, Tolerances())),
]


def _networks(text: str) -> str:
    TargetRules.of(text)
    return text


class GivenSettings(BaseSettings):
    """Settings with their defaults. Each is documented in `docs/settings.md`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default=Path("data"), description="Database, blobs, keys and model packs live here."
    )
    database_url: str | None = Field(
        default=None,
        pattern=r"^(sqlite|postgresql|postgresql\+psycopg)://",
        description="`sqlite:///…` or `postgresql+psycopg://…`; by default a file in the data "
        "directory.",
    )
    blob_url: str | None = Field(
        default=None,
        pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[a-z0-9/_.-]*)?$",
        description="`s3://bucket/prefix`; by default a folder in the data directory.",
    )
    s3_endpoint_url: str | None = Field(
        default=None,
        pattern=_WEB_ADDRESS,
        description="Address of an S3 store other than Amazon's.",
    )
    s3_kms_key: str | None = Field(
        default=None,
        pattern=r"^(arn:[a-z0-9-]+:kms:\S{1,200}|alias/[A-Za-z0-9:/_-]{1,250}|[0-9a-f-]{36}|mrk-[0-9a-f]{32})$",
        description="Key of AWS KMS (id, ARN or alias) under which the S3 store encrypts blobs; "
        "by default a key of its own (AES-256).",
    )
    s3_encryption: str = Field(
        default="asked",
        pattern="^(asked|not_asked)$",
        description="Whether the S3 store is asked to encrypt: `not_asked` is for one that knows "
        "no server-side encryption, or encrypts in any case.",
    )
    key_passphrase: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Opens the key files of the data directory, where `cameo keys seal` sealed "
        "them, and seals those that are made.",
    )
    key_passphrase_file: Path | None = Field(
        default=None,
        description="A file with that passphrase, or with any bytes: a key file. One line break "
        "at its end is not part of it.",
    )
    kms_root_key: str | None = Field(
        default=None,
        pattern=_KMS_KEY,
        description="Id, ARN or alias of an AWS KMS signing key (P-256 or Ed25519) that certifies "
        "the signing keys; by default `root.pem` in the data directory.",
    )
    kms_key_encryption_key: str | None = Field(
        default=None,
        pattern=_KMS_KEY,
        description="Id, ARN or alias of an AWS KMS key that wraps data keys, signing keys and "
        "secrets; by default `key-encryption.key` in the data directory.",
    )
    former_key_encryption_key: str | None = Field(
        default=None,
        pattern=f"{_KMS_KEY}|^local$",
        description="The key-encryption key of before, until `cameo keys rewrap` is done: id, ARN "
        "or alias of an AWS KMS key, or `local` for `key-encryption.key` in the data directory.",
    )
    kms_endpoint_url: str | None = Field(
        default=None,
        pattern=_WEB_ADDRESS,
        description="Address of a KMS other than Amazon's.",
    )
    key_algorithm: str = Field(
        default="EdDSA",
        pattern="^(EdDSA|ES256)$",
        description="What new signing keys sign with: `EdDSA` or `ES256`. The log's is always "
        "EdDSA.",
    )
    key_rotation_days: int = Field(
        default=90,
        ge=0,
        le=3_650,
        description="After how many days of signing a key is followed by another; 0 is never. The "
        "log's is rotated by name only.",
    )
    key_refresh_s: float = Field(
        default=5.0,
        ge=0.05,
        le=60,
        description="How old the signing keys in memory may be before they are looked for again.",
    )
    key_publish_delay_s: float = Field(
        default=900.0,
        ge=0.1,
        le=86_400,
        description="How long a new key is published before it signs: longer than "
        "`CAMEO_KEY_REFRESH_S`, and than verifiers keep the published keys (5 minutes).",
    )
    key_stale_limit_s: float = Field(
        default=300.0,
        ge=1,
        le=86_400,
        description="For how long the keys in memory serve while the store is away; then nothing "
        "is signed.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8400",
        pattern=_WEB_ADDRESS,
        description="Where people and callers reach the service; also the issuer of its tokens.",
    )
    operator_name: str | None = Field(
        default=None,
        description="Who runs the service and answers for it, as consent records and the page "
        "`/` name them.",
    )
    operator_address: str | None = Field(
        default=None, description="Postal address of the operator."
    )
    operator_contact: str | None = Field(
        default=None,
        description="How people reach the operator: a mail or web address.",
    )
    operator_jurisdiction: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{2}$",
        description="Under whose law the operator processes, ISO 3166-1 alpha-2.",
    )
    log_origin: str | None = Field(
        default=None,
        pattern=r"^[!-*,-.0-~]{1,100}/[!-*,-~]{1,99}$",
        description="Name of the consent log, an address without its scheme, such as "
        "`cameo.example/log`: given by the first checkpoint, by default from the public address; "
        "changed only where a log begins anew (`docs/log.md`).",
    )
    export_limit_mb: int = Field(
        default=1_000,
        ge=1,
        le=100_000,
        description="Largest archive of everything about one person, before it is compressed, in "
        "megabytes of 10^6 bytes.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8400, ge=0, le=65535, description="Port to listen on.")
    enrollment_lifetime_s: int = Field(
        default=1800, ge=60, le=86_400, description="How long a person has to finish an enrollment."
    )
    enrollment_attempts: int = Field(
        default=3, ge=1, le=10, description="Recordings a person may make in one enrollment."
    )
    enrollment_open_sessions: int = Field(
        default=20,
        ge=1,
        le=1_000,
        description="Enrollments of one principal that may be open at once.",
    )
    challenge_lifetime_s: int = Field(
        default=600,
        ge=30,
        le=3_600,
        description="How long after a challenge was drawn its recording must have arrived.",
    )
    rejections_per_day: int = Field(
        default=9,
        ge=1,
        le=1_000,
        description="After how many rejected recordings a principal has to wait a day.",
    )
    upload_limit_mb: int = Field(
        default=200, ge=1, le=2_000, description="Largest recording, in megabytes of 10^6 bytes."
    )
    credential_lifetime_days: int = Field(
        default=365, ge=1, le=1_095, description="When a person must enroll again."
    )
    keep_samples: str = Field(
        default="built_in",
        pattern="^(built_in|always|never)$",
        description="Under which consent statement a few stills and the speech are kept, sealed, "
        "to make templates of a later pack: `built_in` (the built-in ones that say so), `always` "
        "(also a platform's own texts, which must say so) or `never`.",
    )
    disclose_samples: str = Field(
        default="built_in",
        pattern="^(built_in|always|never)$",
        description="Under which consent statement kept stills and speech go into the identity "
        "package of a generator that holds a permit: `built_in` (the built-in one that says so, "
        "2027-01, which is the default), `always` (also a platform's own texts, which must say so) "
        "or `never`.",
    )
    permit_lifetime_s: int = Field(
        default=120, ge=5, le=900, description="Longest life of a permit, in seconds."
    )
    access_request_days: int = Field(
        default=14, ge=1, le=365, description="How long those who are asked have to answer."
    )
    access_requests_pending: int = Field(
        default=20,
        ge=1,
        le=1_000,
        description="How many access requests of one requester may wait for an answer.",
    )
    worker_lease_s: int = Field(
        default=30,
        ge=2,
        le=600,
        description="After how long a silent worker's job is given to another.",
    )
    worker_poll_s: float = Field(
        default=0.5, ge=0.01, le=60, description="How often an idle worker looks for work."
    )
    worker_metrics_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Where a worker serves its Prometheus metrics on `CAMEO_HOST`; 0 is nowhere.",
    )
    face_index: str = Field(
        default="memory",
        pattern="^(memory|pgvector)$",
        description="Where workers search faces: `memory`, their own, or `pgvector`, in "
        "PostgreSQL with that extension.",
    )
    scan_upload_limit_mb: int = Field(
        default=100,
        ge=1,
        le=2_000,
        description="Largest upload to scan or to protect a face with, all its files together, in "
        "megabytes of 10^6 bytes.",
    )
    scans_per_hour: int = Field(
        default=600, ge=1, le=1_000_000, description="How many scans one API key may begin an hour."
    )
    scan_retention_days: int = Field(
        default=30, ge=1, le=3_650, description="How long the result of a scan can be read."
    )
    review_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="How long a recording waits for a reviewer before it is deleted and its "
        "enrollment ends.",
    )
    enrollment_report_days: int = Field(
        default=90,
        ge=2,
        le=3_650,
        description="How long the report and the challenge of an enrollment that is over are kept.",
    )
    inactive_cameo_days: int = Field(
        default=1_095,
        ge=180,
        le=36_500,
        description="After how many days without a question, a permit or a use a cameo whose "
        "credential has expired is erased.",
    )
    inactive_notice_days: int = Field(
        default=30,
        ge=1,
        le=90,
        description="How long before that its owner is told.",
    )
    inquiry_retention_days: int = Field(
        default=365, ge=1, le=3_650, description="How long it is counted who asked about a cameo."
    )
    notice_retention_days: int = Field(
        default=365, ge=1, le=3_650, description="How long notices can be read."
    )
    idempotency_hours: int = Field(
        default=24,
        ge=1,
        le=168,
        description="How long a repeated request gets the answer of the first one.",
    )
    job_retention_days: int = Field(
        default=7, ge=1, le=365, description="How long jobs that are done are kept."
    )
    erasure_retention_days: int = Field(
        default=3_650,
        ge=365,
        le=36_500,
        description="How long erasures that are finished, with their certificates, can be read.",
    )
    webhook_timeout_s: float = Field(
        default=10.0,
        ge=0.1,
        le=60,
        description="How long one attempt to deliver a webhook may take, from looking up the name "
        "to the status of the answer.",
    )
    webhook_private_networks: Annotated[str, AfterValidator(_networks)] = Field(
        default="",
        description="Networks that webhooks may reach though they are not public, such as "
        "`10.1.0.0/16,fd00:7::/64`. With `127.0.0.0/8`, for development, also by plain `http`.",
    )
    webhook_retention_days: int = Field(
        default=30,
        ge=4,
        le=3_650,
        description="How long deliveries of webhooks that are delivered or given up can be read "
        "and sent again.",
    )
    inference_threads: int = Field(
        default=2, ge=1, le=64, description="Threads of a model session."
    )
    prompts_late_ms: int = Field(
        default=250,
        ge=50,
        le=2_000,
        description="How late a page may say that it showed a prompt before the recording is "
        "refused.",
    )
    log_level: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="Least severe log level.",
    )
    challenge: Plan = Field(
        default=ChallengePlan(),
        description="What a challenge asks for, and how long its steps take.",
    )
    tolerances: Bounds = Field(
        default=Tolerances(), description="How far a genuine recording may stray, by check."
    )
