"""What stands before a generator: a permit is verified, with its status, and fails closed.

gate = PermitGate(client, issuer=issuer, audience="app:studio", executes=())
permit = gate.admit(token, request)
"""

from cameo_service.client.gates.gate import AsyncPermitGate, PermitGate

__all__ = ["AsyncPermitGate", "PermitGate"]
