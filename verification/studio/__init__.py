"""A recording studio: genuine and attacking recordings for any challenge, made by code.

Genuine recordings show a still moved as a solid head through the prompted turns, blinking, its
mouth moving with the spoken digits. Attacks are the same with one thing wrong, each by name. All
of it is deterministic under a seed.

    from verification.studio.recording import record
    from verification.studio.take import Take

    record(challenge, Path("genuine.webm"), take=Take(), seed=1)
    record(challenge, Path("swapped.mp4"), take=Take(attack="person_swap"), seed=1)
"""
