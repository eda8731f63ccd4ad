"""The ring of signing keys that every process shares through the store.

Private halves lie in the database under the key-encryption key, public halves are certified by the
root key; neither of those two is in the database.
"""
