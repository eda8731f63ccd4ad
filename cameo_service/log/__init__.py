"""The consent log in service: sequenced, published as static files, proven, audited.

from cameo_service.log.proving import proof_of

proof_of(context, 7)
"""
