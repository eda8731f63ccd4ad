"""Protected faces: of people who need not be enrolled, and whom nobody may show.

from cameo_service.protection.registry import add
"""
