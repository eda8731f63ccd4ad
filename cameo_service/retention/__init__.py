"""Retention: how long what is kept, in the settings, in the sweep, and in words for everybody.

sweep(tx, context)            # sweeping: what is older than it may be
sweep_inactive(context)       # inactivity: cameos that nobody uses, with a notice before
schedule(context.settings)    # schedule: the same, as it is published
"""
