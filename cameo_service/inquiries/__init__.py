"""Who asked about whom: counted for each day, and shown to the owners.

from cameo_service.inquiries.asked import asked

page = asked(tx, context, caller, cameo_id="cam_1", limit=20)
"""
