"""What proves things to outsiders: signing keys, consent log, erasures, disclosures, receipts.

migrate("sqlite:////data/cameo.sqlite")

Going down loses them all: signatures made with the keys can then be verified by nobody who did not
keep the public halves, and a log begins anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# text by code point, and moments as `timestamptz` or as sorting text
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
UTC = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")

RETENTION = (
    (
        "ix_enrollments_not_emptied",
        "enrollments",
        ["updated_at"],
        sa.text("client_secret_hash <> ''"),
    ),
    ("ix_cameos_credential_expires_at", "cameos", ["credential_expires_at"], None),
    ("ix_notices_created_at", "notices", ["created_at"], None),
    ("ix_inquiries_day", "inquiries", ["day"], None),
)
"""What is looked for by its age."""


def upgrade() -> None:
    """Create the tables."""
    _create_keys()
    _create_log()
    _create_erasures()
    _create_idempotency_subjects()
    _create_disclosures()
    _create_receipts()
    for name, table, columns, where in RETENTION:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _create_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("algorithm", TEXT, nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("active_from", UTC, nullable=False),
        sa.Column("retired_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_keys"),
    )
    op.create_index("ix_signing_keys_purpose", "signing_keys", ["purpose", "active_from"])
    op.create_table(
        "secrets",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def _create_log() -> None:
    op.create_table(
        "log_entries",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_log_entries"),
    )
    op.create_table(
        "log_openings",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_log_openings"),
        sa.ForeignKeyConstraint(
            ["number"], ["log_entries.number"], name="fk_log_openings_log_entries"
        ),
    )
    op.create_table(
        "log_subjects",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "number", name="pk_log_subjects"),
        sa.ForeignKeyConstraint(
            ["number"], ["log_openings.number"], name="fk_log_subjects_log_openings"
        ),
    )
    op.create_index("ix_log_subjects_number", "log_subjects", ["number"])
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoints"),
    )


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("requested_at", UTC, nullable=False),
        sa.Column("destroyed", sa.JSON(), nullable=False),
        sa.Column("completed_at", UTC, nullable=True),
        sa.Column("certificate", TEXT, nullable=True),
        sa.Column("log_number", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_cameo_id", "erasures", ["cameo_id"], unique=True)
    op.create_index("ix_erasures_owner", "erasures", ["owner", "id"])
    op.create_index("ix_erasures_completed_at", "erasures", ["completed_at"])
    op.create_table(
        "erasure_tellings",
        sa.Column("erasure_id", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("disclosures", sa.JSON(), nullable=False),
        sa.Column("told_at", UTC, nullable=False),
        sa.Column("confirmed_at", UTC, nullable=True),
        sa.Column("confirmed_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", "holder", name="pk_erasure_tellings"),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasures.id"], name="fk_erasure_tellings_erasures"
        ),
    )
    op.create_index("ix_erasure_tellings_holder", "erasure_tellings", ["holder", "erasure_id"])


def _create_idempotency_subjects() -> None:
    """Answers of before name nobody here; they are gone within a day."""
    op.create_table(
        "idempotency_subjects",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("caller", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("subject", "caller", "key", name="pk_idempotency_subjects"),
    )
    op.create_index("ix_idempotency_subjects_of", "idempotency_subjects", ["caller", "key"])
    op.create_index("ix_idempotency_subjects_created_at", "idempotency_subjects", ["created_at"])


def _create_disclosures() -> None:
    op.create_table(
        "disclosures",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("permit_id", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("requester", TEXT, nullable=False),
        sa.Column("facets", sa.JSON(), nullable=False),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.Column("encrypted_to", TEXT, nullable=True),
        sa.Column("log_number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disclosures"),
    )
    op.create_index("ix_disclosures_cameo_id", "disclosures", ["cameo_id", "id"])
    op.create_index("ix_disclosures_holder", "disclosures", ["holder", "cameo_id"])


def _create_receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("use_id", TEXT, nullable=False),
        sa.Column("cameo_id", TEXT, nullable=True),
        sa.Column("statement", TEXT, nullable=False),
        sa.Column("log_number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
    )
    op.create_index("ix_receipts_use_id", "receipts", ["use_id", "log_number"])


def downgrade() -> None:
    """Drop the indexes and the tables, those that refer to others first."""
    for name, table, _, _ in RETENTION:
        op.drop_index(name, table)
    for name in (
        "receipts",
        "disclosures",
        "idempotency_subjects",
        "erasure_tellings",
        "erasures",
        "log_checkpoints",
        "log_subjects",
        "log_openings",
        "log_entries",
        "secrets",
        "signing_keys",
    ):
        op.drop_table(name)
