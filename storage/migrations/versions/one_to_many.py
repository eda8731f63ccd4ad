"""Faces that are searched among all: protected ones, notices to their owners, scans.

migrate("sqlite:////data/cameo.sqlite")

Going down loses them all. The templates of protected faces go as well, since nothing would name
them; so do the turned vectors that an index on PostgreSQL keeps beside the schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# text by code point, and moments as `timestamptz` or as sorting text
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
UTC = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    _create_protected_faces()
    _create_notices()
    _create_scans()


def _create_protected_faces() -> None:
    op.create_table(
        "protected_faces",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("principal", TEXT, nullable=True),
        sa.Column("added_by", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("stills", sa.JSON(), nullable=False),
        sa.Column("model", TEXT, nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_protected_faces"),
    )
    op.create_index("ix_protected_faces_principal_id", "protected_faces", ["principal", "id"])


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("read_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_principal_created_at", "notices", ["principal", "created_at", "id"])


def _create_scans() -> None:
    op.create_table(
        "scans",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("caller", TEXT, nullable=False),
        sa.Column("requester", TEXT, nullable=False),
        sa.Column("permit_id", TEXT, nullable=True),
        sa.Column("question", sa.JSON(), nullable=True),
        sa.Column("uploads", sa.JSON(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
    )
    op.create_index("ix_scans_created_by_created_at", "scans", ["created_by", "created_at"])
    op.create_index("ix_scans_state_created_at", "scans", ["state", "created_at"])


def downgrade() -> None:
    """Drop the tables, and what else would be nobody's."""
    op.execute("DROP TABLE IF EXISTS face_vectors")
    op.execute("DROP TABLE IF EXISTS face_vectors_state")
    for table in ("samples", "templates", "template_keys"):
        op.execute(f"DELETE FROM {table} WHERE cameo_id IN (SELECT id FROM protected_faces)")  # noqa: S608 (constants)
    for table in ("scans", "notices", "protected_faces"):
        op.drop_table(table)
