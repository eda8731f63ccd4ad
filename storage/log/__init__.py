"""The consent log's own mathematics and formats: entries, tree, tiles, signed notes, proofs.

Nothing here needs more than the standard library and `cryptography`: whoever verifies offline
imports these modules and nothing else.
"""
