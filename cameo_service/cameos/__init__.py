"""Cameos: who may see one, who speaks for its owner, its policy, and its end.

from cameo_service.cameos.finding import visible

cameo = visible(tx, caller, "cam_1", now=now)
"""
