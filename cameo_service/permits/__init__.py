"""Permits: issued on a yes, resting on what that rests on, and ended with it.

from cameo_service.permits.issuing import issue

issued = issue(tx, context, caller, Asked(request, draft=None))
"""
