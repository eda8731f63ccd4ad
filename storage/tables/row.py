"""What every table shares.

>>> Row.metadata is METADATA
True
"""

from sqlalchemy import MetaData
from sqlalchemy.types import JSON
from sqlmodel import SQLModel

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

# SQL NULL for None: `json null` is a value, and would not be found by `IS NULL`
Json = JSON(none_as_null=True)


class Row(SQLModel):
    """What every table shares."""

    metadata = METADATA
