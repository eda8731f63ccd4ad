"""The schema's revisions, which `storage.schema` runs through Alembic."""
