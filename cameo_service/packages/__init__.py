"""Identity packages: what a generator that holds a permit is handed of a person, and its record.

from cameo_service.packages.disclosing import Wanted, disclose

disclosed = disclose(context, caller, Wanted(cameo_id="cam_1", permit=token))
"""
