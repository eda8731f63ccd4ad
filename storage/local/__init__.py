"""The embedded implementations: a SQLite file, blobs and keys in one data directory."""
