"""Erasure: the end of a cameo with everything that is held of it, and the proof of that.

erase_cameo(context, caller, cameo_id="cam_…")   # beginning: one transaction ends and destroys
finish(context, "era_…")                         # finishing: the files, the certificate
confirm(tx, context, caller, id="era_…")         # telling: whoever was handed a package
"""
