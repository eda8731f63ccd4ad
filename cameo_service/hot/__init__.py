"""The hot path: questions answered from facts in memory, in front of the framework.

`engine` decides at a revision that was confirmed after the request came; `route` is HTTP without
a framework; `check` is `POST /v1/consent/check`.
"""
