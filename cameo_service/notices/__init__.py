"""Notices: what principals are told without having asked.

from cameo_service.notices.telling import tell

tell(tx, context, "user:ann", NoticeKind.FACE_MATCHED, {"cameo_id": "cam_1"})
"""
