"""The first tables.

migrate("sqlite:////data/cameo.sqlite")
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# text by code point, and moments as `timestamptz` or as sorting text
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
UTC = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("acts_for", sa.JSON(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("revoked_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )


def _create_cameos() -> None:
    op.create_table(
        "cameos",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("enrollment_id", TEXT, nullable=False),
        sa.Column("credential", TEXT, nullable=True),
        sa.Column("credential_expires_at", UTC, nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cameos"),
    )
    op.create_index("ix_cameos_owner", "cameos", ["owner", "created_at"])


def _create_enrollments() -> None:
    op.create_table(
        "enrollments",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("statement", sa.JSON(), nullable=False),
        sa.Column("challenge", sa.JSON(), nullable=False),
        sa.Column("challenge_issued_at", UTC, nullable=False),
        sa.Column("challenges_drawn", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column("rejections", sa.Integer(), nullable=False),
        sa.Column("given_back", sa.Integer(), nullable=False),
        sa.Column("client_secret_hash", TEXT, nullable=False),
        sa.Column("client_secret_spent_at", UTC, nullable=True),
        sa.Column("session_hash", TEXT, nullable=True),
        sa.Column("recording_blob", TEXT, nullable=True),
        sa.Column("recording_mime", TEXT, nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("last_error", sa.JSON(), nullable=True),
        sa.Column("cameo_id", TEXT, nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enrollments"),
    )
    op.create_index("ix_enrollments_state_expires_at", "enrollments", ["state", "expires_at"])
    op.create_index("ix_enrollments_state_id", "enrollments", ["state", "id"])
    op.create_index("ix_enrollments_principal", "enrollments", ["principal", "created_at"])


def _create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("grantor", TEXT, nullable=False),
        sa.Column("grantee", TEXT, nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("signed", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("revoked_at", UTC, nullable=True),
        sa.Column("revoked_by", TEXT, nullable=True),
        sa.Column("revocation_reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_cameo_id_grantee", "grants", ["cameo_id", "grantee"])
    op.create_index("ix_grants_cameo_id_id", "grants", ["cameo_id", "id"])


def _create_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("caller", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_after", UTC, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("lease_token", TEXT, nullable=True),
        sa.Column("leased_until", UTC, nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_state_run_after", "jobs", ["state", "run_after"])


def _create_permits() -> None:
    op.create_table(
        "permits",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("requester", TEXT, nullable=False),
        sa.Column("audience", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("request_hash", TEXT, nullable=False),
        sa.Column("rests_on", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", TEXT, nullable=False),
        sa.Column("issued_at", UTC, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.Column("revoked_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_permits"),
    )


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("cameo_id", "version", name="pk_policies"),
    )


def _create_revision_keys() -> None:
    op.create_table(
        "revision_keys",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", "key", name="pk_revision_keys"),
    )


def _create_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("committed_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_revisions"),
    )


def _create_template_keys() -> None:
    op.create_table(
        "template_keys",
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cameo_id", name="pk_template_keys"),
    )


def _create_former_grants() -> None:
    op.create_table(
        "former_grants",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("grantor", TEXT, nullable=False),
        sa.Column("grantee", TEXT, nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("signed", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("revoked_at", UTC, nullable=True),
        sa.Column("revoked_by", TEXT, nullable=True),
        sa.Column("revocation_reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", "version", name="pk_former_grants"),
        sa.ForeignKeyConstraint(["id"], ["grants.id"], name="fk_former_grants_grants"),
    )


def _create_permit_basis() -> None:
    op.create_table(
        "permit_basis",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("permit_id", TEXT, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("key", "permit_id", name="pk_permit_basis"),
        sa.ForeignKeyConstraint(["permit_id"], ["permits.id"], name="fk_permit_basis_permits"),
    )
    op.create_index("ix_permit_basis_key_expires_at", "permit_basis", ["key", "expires_at"])


def _create_templates() -> None:
    op.create_table(
        "templates",
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("modality", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("model_sha256", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cameo_id", "modality", name="pk_templates"),
        sa.ForeignKeyConstraint(
            ["cameo_id"], ["template_keys.cameo_id"], name="fk_templates_template_keys"
        ),
    )


def upgrade() -> None:
    """Create every table, those first that others refer to."""
    _create_api_keys()
    _create_cameos()
    _create_enrollments()
    _create_grants()
    _create_idempotency()
    _create_jobs()
    _create_permits()
    _create_policies()
    _create_revision_keys()
    _create_revisions()
    _create_template_keys()
    _create_former_grants()
    _create_permit_basis()
    _create_templates()


def downgrade() -> None:
    """Drop every table."""
    for table in (
        "templates",
        "permit_basis",
        "former_grants",
        "template_keys",
        "revisions",
        "revision_keys",
        "policies",
        "permits",
        "jobs",
        "idempotency",
        "grants",
        "enrollments",
        "cameos",
        "api_keys",
    ):
        op.drop_table(table)
