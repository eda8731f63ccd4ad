"""The complete permission model: characters, people, sublicences, counts, uses, access requests.

migrate("sqlite:////data/cameo.sqlite")

Cameos, policies, grants and all else that revision 0001 holds stay as they are, except permits,
which are deleted, going up and going down. They live for minutes, and neither form can be made
from the other: an old one has no place in a status list and does not say what was asked, and what a
new one rests on an old service cannot revoke. Who asks after a deleted permit is told that there is
none. A generator that goes by the signature alone may act on it until it expires: whoever minds
that stops the service for a permit's lifetime first.

Going down loses what 0001 has no place for. Characters go with their policies and the grants on
them, and sublicences go as well, because 0001 would take them for licences of an owner.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# text by code point, and moments as `timestamptz` or as sorting text
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
UTC = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")

REVOKED = sa.text("revoked_at IS NOT NULL")


def _extend_permits() -> None:
    _delete_permits()
    with op.batch_alter_table("permits") as permits:
        permits.add_column(sa.Column("request", sa.JSON(), nullable=False))
        permits.add_column(sa.Column("basis", sa.JSON(), nullable=False))
        permits.add_column(sa.Column("status_index", sa.BigInteger(), nullable=False))
        permits.add_column(sa.Column("draft", TEXT, nullable=True))
        permits.add_column(sa.Column("use_id", TEXT, nullable=True))
    op.create_index("ix_permits_status_index", "permits", ["status_index"], unique=True)
    op.create_index(
        "ix_permits_revoked",
        "permits",
        ["expires_at", "status_index"],
        sqlite_where=REVOKED,
        postgresql_where=REVOKED,
    )


def _extend_grants() -> None:
    op.add_column("grants", sa.Column("parent", TEXT, nullable=True))
    op.add_column("former_grants", sa.Column("parent", TEXT, nullable=True))
    op.create_index("ix_grants_grantee_id", "grants", ["grantee", "id"])
    op.create_index("ix_grants_parent_id", "grants", ["parent", "id"])


def _extend_cameos() -> None:
    with op.batch_alter_table("cameos") as cameos:
        cameos.alter_column("enrollment_id", existing_type=TEXT, nullable=True)
    op.create_index("ix_cameos_kind_status_id", "cameos", ["kind", "status", "id"])


def _create_characters() -> None:
    _create_table_of_characters("characters", sa.PrimaryKeyConstraint("id", name="pk_characters"))
    op.create_index("ix_characters_handle", "characters", ["handle"], unique=True)
    _create_table_of_characters(
        "former_characters",
        sa.PrimaryKeyConstraint("id", "version", name="pk_former_characters"),
        sa.ForeignKeyConstraint(["id"], ["characters.id"], name="fk_former_characters_characters"),
    )


def _create_table_of_characters(name: str, *constraints: sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("handle", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("references", sa.JSON(), nullable=False),
        sa.Column("rights_statement", TEXT, nullable=False),
        sa.Column("territories", sa.JSON(), nullable=False),
        sa.Column("underlying", sa.JSON(), nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("decided_by", TEXT, nullable=True),
        sa.Column("decided_at", UTC, nullable=True),
        sa.Column("note", TEXT, nullable=True),
        *constraints,
    )


def _create_underlying_cameos() -> None:
    op.create_table(
        "underlying_cameos",
        sa.Column("character_id", TEXT, nullable=False),
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("character_id", "cameo_id", name="pk_underlying_cameos"),
        sa.ForeignKeyConstraint(
            ["character_id"], ["characters.id"], name="fk_underlying_cameos_characters"
        ),
    )
    op.create_index(
        "ix_underlying_cameos_cameo_id", "underlying_cameos", ["cameo_id", "character_id"]
    )


def _create_principals() -> None:
    op.create_table(
        "principals",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standing", TEXT, nullable=False),
        sa.Column("standing_reason", TEXT, nullable=True),
        sa.Column("age_band", TEXT, nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("vouched_until", UTC, nullable=True),
        sa.Column("deceased_at", UTC, nullable=True),
        sa.Column("updated_by", TEXT, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_principals"),
    )


def _create_mandates() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("represented", TEXT, nullable=False),
        sa.Column("representative", TEXT, nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("evidence", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("revoked_at", UTC, nullable=True),
        sa.Column("revoked_by", TEXT, nullable=True),
        sa.Column("revocation_reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mandates"),
    )
    op.create_index("ix_mandates_representative_id", "mandates", ["representative", "id"])
    op.create_index("ix_mandates_represented_id", "mandates", ["represented", "id"])


def _create_relationships() -> None:
    op.create_table(
        "relationships",
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("other", TEXT, nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.PrimaryKeyConstraint("principal", "other", name="pk_relationships"),
    )


def _create_blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("blocked", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("owner", "blocked", name="pk_blocks"),
    )


def _create_deployment_rules() -> None:
    op.create_table(
        "deployment_rules",
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_deployment_rules"),
    )


def _create_reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("permit_id", TEXT, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("key", "permit_id", name="pk_reservations"),
    )
    op.create_index("ix_reservations_expires_at", "reservations", ["expires_at"])
    op.create_index("ix_reservations_key_expires_at", "reservations", ["key", "expires_at"])
    op.create_index("ix_reservations_permit_id", "reservations", ["permit_id"])


def _create_used() -> None:
    op.create_table(
        "used",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_used"),
    )


def _create_uses() -> None:
    op.create_table(
        "uses",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("permit_id", TEXT, nullable=False),
        sa.Column("requester", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("likenesses", sa.JSON(), nullable=False),
        sa.Column("remix_of", sa.JSON(), nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("rests_on", sa.JSON(), nullable=False),
        sa.Column("assets", sa.JSON(), nullable=False),
        sa.Column("location", TEXT, nullable=True),
        sa.Column("recall", TEXT, nullable=False),
        sa.Column("recall_document", sa.JSON(), nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("published_at", UTC, nullable=True),
        sa.Column("removed_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_uses"),
    )
    op.create_index("ix_uses_holder_id", "uses", ["holder", "id"])
    op.create_index("ix_uses_holder_recall_id", "uses", ["holder", "recall", "id"])


def _create_use_basis() -> None:
    op.create_table(
        "use_basis",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("use_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", "use_id", name="pk_use_basis"),
        sa.ForeignKeyConstraint(["use_id"], ["uses.id"], name="fk_use_basis_uses"),
    )


def _create_access_requests() -> None:
    op.create_table(
        "access_requests",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("requester", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("asks", sa.JSON(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_requests"),
    )
    op.create_index(
        "ix_access_requests_reference", "access_requests", ["requester", "reference", "state"]
    )
    op.create_index("ix_access_requests_requester_id", "access_requests", ["requester", "id"])
    op.create_index(
        "ix_access_requests_state_expires_at", "access_requests", ["state", "expires_at"]
    )
    op.create_index(
        "ix_access_requests_waiting", "access_requests", ["requester", "state", "expires_at"]
    )


def _create_asked_parties() -> None:
    op.create_table(
        "asked_parties",
        sa.Column("asked", TEXT, nullable=False),
        sa.Column("request_id", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("asked", "request_id", name="pk_asked_parties"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["access_requests.id"], name="fk_asked_parties_access_requests"
        ),
    )
    op.create_index(
        "ix_asked_parties_asked_state", "asked_parties", ["asked", "state", "request_id"]
    )
    op.create_index("ix_asked_parties_request_id", "asked_parties", ["request_id"])


def _create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("approver", TEXT, nullable=False),
        sa.Column("requester", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("facets", sa.JSON(), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("not_after", UTC, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("access_request_id", TEXT, nullable=True),
        sa.Column("revoked_at", UTC, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index("ix_approvals_requester_not_after", "approvals", ["requester", "not_after"])
    op.create_index("ix_approvals_cameo_id_id", "approvals", ["cameo_id", "id"])


def _create_inquiries() -> None:
    op.create_table(
        "inquiries",
        sa.Column("cameo_id", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requester", TEXT, nullable=False),
        sa.Column("caller", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("permitted", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("last_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint(
            "cameo_id", "day", "requester", "caller", "action", name="pk_inquiries"
        ),
    )


def upgrade() -> None:
    """Extend what is there, and create the new tables, those first that others refer to."""
    _extend_permits()
    _extend_grants()
    _extend_cameos()
    _create_characters()
    _create_underlying_cameos()
    _create_principals()
    _create_mandates()
    _create_relationships()
    _create_blocks()
    _create_deployment_rules()
    _create_reservations()
    _create_used()
    _create_uses()
    _create_use_basis()
    _create_access_requests()
    _create_asked_parties()
    _create_approvals()
    _create_inquiries()


def downgrade() -> None:
    """Drop the new tables, and take what stays back to what it was."""
    for tables in (
        ("inquiries", "approvals", "asked_parties", "access_requests", "use_basis", "uses"),
        ("used", "reservations", "deployment_rules", "blocks", "relationships", "mandates"),
        ("principals", "underlying_cameos", "former_characters", "characters"),
    ):
        for table in tables:
            op.drop_table(table)
    _shorten_permits()
    _delete_what_has_no_place()
    _shorten_grants()
    _shorten_cameos()


def _delete_permits() -> None:
    op.execute("DELETE FROM permit_basis")
    op.execute("DELETE FROM permits")


def _shorten_permits() -> None:
    _delete_permits()
    op.drop_index("ix_permits_revoked", "permits")
    op.drop_index("ix_permits_status_index", "permits")
    with op.batch_alter_table("permits") as permits:
        for column in ("request", "basis", "status_index", "draft", "use_id"):
            permits.drop_column(column)


def _delete_what_has_no_place() -> None:
    characters = "SELECT id FROM cameos WHERE enrollment_id IS NULL"
    lost = f"SELECT id FROM grants WHERE parent IS NOT NULL OR cameo_id IN ({characters})"  # noqa: S608 (constants)
    op.execute(f"DELETE FROM former_grants WHERE id IN ({lost})")  # noqa: S608 (constants)
    op.execute(f"DELETE FROM grants WHERE id IN ({lost})")  # noqa: S608 (constants)
    op.execute(f"DELETE FROM policies WHERE cameo_id IN ({characters})")  # noqa: S608 (constants)
    op.execute("DELETE FROM cameos WHERE enrollment_id IS NULL")


def _shorten_grants() -> None:
    op.drop_index("ix_grants_parent_id", "grants")
    op.drop_index("ix_grants_grantee_id", "grants")
    op.drop_column("grants", "parent")
    op.drop_column("former_grants", "parent")


def _shorten_cameos() -> None:
    op.drop_index("ix_cameos_kind_status_id", "cameos")
    with op.batch_alter_table("cameos") as cameos:
        cameos.alter_column("enrollment_id", existing_type=TEXT, nullable=False)
