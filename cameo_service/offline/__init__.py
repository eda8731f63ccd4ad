"""What the service signed and logged, verified without it.

The standard library and `cryptography` are all that this needs: no network, no database, nothing
else of the service. Trust starts with keys that the caller got and keeps.

    from cameo_service.offline.log import verify_proof

    entry = verify_proof(proof, keys)
"""
