"""Templates of several models side by side, samples to make others of, and renewals.

migrate("sqlite:////data/cameo.sqlite")

Every template stays as it is. Every cameo of a person has a face and a voice enrolled, since there
was no enrollment without either; how well they were proven, its next credential says.

Going down loses what 0002 has no place for. Of several templates of one modality the newest stays;
samples go, and so do templates that wait with a renewal for its review. A cameo without an enrolled
voice is suspended: an old service would say yes for a voice that nobody proved.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# text by code point, and moments as `timestamptz` or as sorting text
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
UTC = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")

BOTH = '["face", "voice"]'


def _extend_enrollments() -> None:
    op.add_column("enrollments", sa.Column("renews", TEXT, nullable=True))
    op.create_index("ix_enrollments_renews", "enrollments", ["renews", "id"])


def _extend_cameos() -> None:
    op.add_column("cameos", sa.Column("enrolled", sa.JSON(), nullable=True))
    op.add_column("cameos", sa.Column("assurance", TEXT, nullable=True))
    op.execute("UPDATE cameos SET enrolled = '[]'")
    op.execute(f"UPDATE cameos SET enrolled = '{BOTH}' WHERE kind = 'person'")  # noqa: S608 (a constant)
    with op.batch_alter_table("cameos") as cameos:
        cameos.alter_column("enrolled", existing_type=sa.JSON(), nullable=False)


def _key_templates(*columns: str) -> None:
    with op.batch_alter_table("templates") as templates:
        templates.drop_constraint("pk_templates", type_="primary")
        templates.create_primary_key("pk_templates", list(columns))


def _create_samples() -> None:
    op.create_table(
        "samples",
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("modality", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cameo_id", "modality", "position", name="pk_samples"),
        sa.ForeignKeyConstraint(
            ["cameo_id"], ["template_keys.cameo_id"], name="fk_samples_template_keys"
        ),
    )


def upgrade() -> None:
    """Extend what is there, and create the new table."""
    _extend_enrollments()
    _extend_cameos()
    _key_templates("cameo_id", "modality", "model_sha256")
    op.create_index("ix_templates_model", "templates", ["modality", "model_sha256", "cameo_id"])
    _create_samples()


def downgrade() -> None:
    """Drop the new table, and take what stays back to what it was."""
    op.drop_table("samples")
    op.drop_index("ix_templates_model", "templates")
    _delete_what_has_no_place()
    _key_templates("cameo_id", "modality")
    _shorten_cameos()
    op.drop_index("ix_enrollments_renews", "enrollments")
    op.drop_column("enrollments", "renews")


def _delete_what_has_no_place() -> None:
    newer = (
        "SELECT 1 FROM templates AS newer WHERE newer.cameo_id = templates.cameo_id "
        "AND newer.modality = templates.modality AND (newer.created_at > templates.created_at "
        "OR (newer.created_at = templates.created_at "
        "AND newer.model_sha256 > templates.model_sha256))"
    )
    op.execute(f"DELETE FROM templates WHERE EXISTS ({newer})")  # noqa: S608 (constants)
    for table in ("templates", "template_keys"):
        op.execute(f"DELETE FROM {table} WHERE cameo_id NOT IN (SELECT id FROM cameos)")  # noqa: S608 (constants)


def _shorten_cameos() -> None:
    voiceless = "kind = 'person' AND CAST(enrolled AS TEXT) NOT LIKE '%voice%'"
    op.execute(f"UPDATE cameos SET status = 'suspended' WHERE status = 'active' AND {voiceless}")  # noqa: S608 (constants)
    with op.batch_alter_table("cameos") as cameos:
        cameos.drop_column("assurance")
        cameos.drop_column("enrolled")
