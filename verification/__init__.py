"""Turn a recording and a challenge into a report and templates.

Knows models and media, not databases or HTTP. Inference libraries are imported inside their
adapters, on first use, so that importing this package costs nothing.
"""
