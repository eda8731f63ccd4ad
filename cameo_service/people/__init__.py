"""Principals: what is known of them, who speaks for them, and what they are to each other.

from cameo_service.people.speaking import speaker_for

speaker = speaker_for(tx, "user:ann", "org:agency", now=now)
"""
