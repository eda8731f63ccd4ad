"""Enrollments: a session from its challenge over the recording to the verdict on it.

from cameo_service.enrollments import verdicts

verdicts.conclude(tx, context, enrollment, verification)
"""
