"""Consent that can be carried away: records and receipts in DPV, licences in ODRL, one archive.

from cameo_service.portability.licences import licence_of
"""
