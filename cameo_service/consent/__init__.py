"""The question that everything else is for, as a document and on the wire, and its decision.

from cameo_service.consent.decisions import judge

judged = judge(tx, caller, Asked(request, draft=None), now=now)
"""
