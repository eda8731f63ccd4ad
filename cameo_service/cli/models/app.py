"""The whole group: importing it registers every command.

$ cameo models --help
"""

from cameo_service.cli.models import building, packs, templates
from cameo_service.cli.models.group import models_app

__all__ = ["building", "models_app", "packs", "templates"]
