"""Characters of rights holders: registered, reviewed, and what they may be made of.

from cameo_service.characters.registration import register

register(tx, context, caller, owner="org:studio", handle="zed", sheet=sheet)
"""
