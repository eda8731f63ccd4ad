"""Embedding voices."""
