"""Notices: what principals are told without having asked.

from cameo_service.notices.telling import tell

tell(tx, context, "user:ann", Kind.FACE_MATCHED, {"cameo_id": "cam_1"})
"""
