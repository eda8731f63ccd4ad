"""Benchmarks: `python -m bench [names]` prints one JSON document.

Each module measures one thing on a real service, real models and a real recording.
"""
