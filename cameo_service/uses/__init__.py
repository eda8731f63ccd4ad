"""Uses: what came of permits, reported by their holders, recalled by owners.

from cameo_service.uses import recalls

recalls.recall(tx, touched.grant("gra_1"), cause="grant_revoked", now=now)
"""
