"""Keep things: records, templates under encryption, blobs, keys and the queue.

`contracts` has the protocols with their promises; one suite in `tests/storage` runs them against
every implementation.
"""
