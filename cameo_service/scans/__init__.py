"""Scans: which enrolled or protected faces are in an upload, and is there consent for each.

from cameo_service.scans.beginning import begin
"""
