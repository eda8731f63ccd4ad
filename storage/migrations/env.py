"""What Alembic runs to reach the database: on the connection that `storage.schema` hands over.

config.attributes["connection"] = connection
command.upgrade(config, "head")
"""

from alembic import context

from storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
)
context.run_migrations()
