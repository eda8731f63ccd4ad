"""Templates of several models side by side: how many there are, and how they change places.

from cameo_service.templates import migration

migration.begin(tx, context, target)
"""
