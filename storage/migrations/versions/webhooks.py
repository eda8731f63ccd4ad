"""Webhooks, and the outbox of what they are told.

migrate("sqlite:////data/cameo.sqlite")

Going down loses the endpoints and what was not delivered; nobody else keeps either.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# text by code point, and moments as `timestamptz` or as sorting text
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
UTC = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")

INDEXES = (
    ("ix_webhook_deliveries_webhook_id_number", ["webhook_id", "number"]),
    ("ix_webhook_deliveries_webhook_id_state", ["webhook_id", "state", "number"]),
    ("ix_webhook_deliveries_state_run_after", ["state", "run_after"]),
    ("ix_webhook_deliveries_settled_at", ["settled_at"]),
)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("disabled_by", TEXT, nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", UTC, nullable=True),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("missed_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_principal", "webhooks", ["principal", "id"])
    op.create_index("ix_webhooks_former_until", "webhooks", ["former_until"])
    _create_outbox()


def _create_outbox() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("webhook_id", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("cameos", sa.JSON(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_after", UTC, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("pending_since", UTC, nullable=False),
        sa.Column("lease_token", TEXT, nullable=True),
        sa.Column("leased_until", UTC, nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", TEXT, nullable=True),
        sa.Column("settled_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_deliveries"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_webhook_deliveries_webhooks"
        ),
    )
    op.create_index("ix_webhook_deliveries_id", "webhook_deliveries", ["id"], unique=True)
    for name, columns in INDEXES:
        op.create_index(name, "webhook_deliveries", columns)
    op.create_table(
        "webhook_lanes",
        sa.Column("webhook_id", TEXT, nullable=False),
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("webhook_id", "cameo_id", "number", name="pk_webhook_lanes"),
        sa.ForeignKeyConstraint(
            ["number"], ["webhook_deliveries.number"], name="fk_webhook_lanes_webhook_deliveries"
        ),
    )
    op.create_index("ix_webhook_lanes_number", "webhook_lanes", ["number"])


def downgrade() -> None:
    """Drop the tables, those that refer to others first."""
    for name in ("webhook_lanes", "webhook_deliveries", "webhooks"):
        op.drop_table(name)
