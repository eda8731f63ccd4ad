"""HTTP to this machine, without TLS.

    httpx2.Client(base_url=url, verify=NO_AUTHORITIES)

By itself every client reads the certificates of all authorities: longer than most tests take.
"""

import ssl

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody."""
