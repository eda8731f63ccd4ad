"""Whom a permit concerns, and whom the end of what permits rest on.

subjects = parties_of(record)
"""

from collections.abc import Iterator

from storage.contracts import Transaction
from storage.records import Document, PermitRecord


def parties_of(record: PermitRecord) -> tuple[str, ...]:
    """The cameos, their owners, who asked and who carries the permit; each once."""
    sides = (record.requester, record.audience)
    return tuple(dict.fromkeys((*parties_in(record.basis), *sides)))


def parties_in(basis: Document) -> Iterator[str]:
    """The cameos that something rests on, and their owners."""
    for party in basis["parties"]:
        yield from (party["cameo_id"], party["owner"])


def concerned_by(tx: Transaction, *keys: str) -> Iterator[str]:
    """The cameos and principals that these keys, of `touched`, are about."""
    for key in keys:
        kind, _, rest = key.partition(":")
        match kind:
            case "cameo" | "policy" | "principal":
                yield rest
            case "between":
                # a principal has one colon
                first, second, third, fourth = rest.split(":")
                yield from (f"{first}:{second}", f"{third}:{fourth}")
            case "grant":
                grant = tx.grants.get(rest)
                yield from (grant.cameo_id, grant.grantor, grant.grantee)
            case "approval":
                approval = tx.approvals.get(rest)
                yield from (approval.cameo_id, approval.approver, approval.requester)
            case "use":
                use = tx.uses.get(rest)
                yield from (*parties_in(use.basis), use.requester, use.holder)
