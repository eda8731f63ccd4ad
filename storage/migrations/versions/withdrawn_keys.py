"""Withdrawals of signing keys.

migrate("sqlite:////data/cameo.sqlite")

Going down loses which keys were withdrawn: they verify again, and the consent log still tells.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column."""
    op.add_column("signing_keys", sa.Column("revocation", TEXT, nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("signing_keys", "revocation")
