"""Identity packages: what a generator that holds a permit is handed of a person, and its record.

from cameo_service.packages.disclosing import disclose

disclosed = disclose(tx, context, caller, cameo_id="cam_1", permit="per_1", holder_key=None)
"""
