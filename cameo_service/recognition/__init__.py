"""Whose face is this, among everybody who is enrolled or protected.

from cameo_service.recognition.knowing import who_is

known = who_is(tx, context, template, within=0.05)
"""
