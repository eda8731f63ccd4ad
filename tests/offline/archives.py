"""Archives as a service makes them, without one: what is in them is signed by a key made here."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from cameo_service.offline.receipts import Trusted, published
from storage.algorithms import Algorithm, jwk_of, new_private_key, sign, thumbprint
from storage.jws import compact
from storage.log.entries import entry
from storage.log.notes import Checkpoint
from storage.log.notes import sign as sign_note
from storage.log.tree import in_memory, inclusion_proof, leaf_hash, root_of

ORIGIN = "cameo.example/log"
SUBJECT = "user:ann"
AT = "2026-11-22T12:00:00.000000Z"
SALT = bytes(range(32))
Files = dict[str, bytes]


class Maker:
    """Signs statements and checkpoints, all with one key."""

    def __init__(self) -> None:
        self._key = new_private_key(Algorithm.EDDSA)
        self.kid = thumbprint(self._key.public_key())
        self.jwks = {"keys": [{**jwk_of(self._key.public_key()), "kid": self.kid}]}

    @property
    def trusted(self) -> Trusted:
        """Trust in this key."""
        return published(self.jwks)

    def token(self, kind: str, claims: Mapping[str, Any]) -> str:
        """A signed statement of the type `cameo-kind+jwt`."""
        header = {"alg": "EdDSA", "kid": self.kid, "typ": f"cameo-{kind}+jwt"}
        return compact(header, dict(claims), sign=lambda said: sign(self._key, said))

    def proofs(self, entries: list[bytes], *, origin: str = ORIGIN) -> list[dict[str, Any]]:
        """A proof of each entry, under a checkpoint over all of them."""
        leaves = [leaf_hash(each) for each in entries]
        size, tree = len(leaves), in_memory(leaves)
        head = Checkpoint(origin=origin, size=size, root=root_of(size, tree))
        note = sign_note(head, self._key)  # type: ignore[arg-type]  # it is one of Ed25519
        return [
            {
                "origin": origin,
                "index": index,
                "entry": text_of(each),
                "inclusion": [text_of(part) for part in inclusion_proof(index, size, tree)],
                "checkpoint": note,
            }
            for index, each in enumerate(entries)
        ]

    def receipt(
        self, *, audience: str = SUBJECT, id: str = "rcp_1", status: str = "draft"
    ) -> dict[str, Any]:
        """A receipt that holds if it is of a draft, alone in a log of two entries."""
        use = {"id": "use_1", "status": status}
        statement = self.token("receipt", {"aud": audience, "jti": id, "sub": "use_1", "use": use})
        event = {
            "event": "use.reported",
            "receipt": id,
            "use": "use_1",
            "statement_sha256": hashlib.sha256(statement.encode()).hexdigest(),
        }
        opened = json.dumps(event).encode()
        logged = [entry("use.reported", opened, salt=SALT, time=AT), b"another"]
        return {
            "object": "receipt",
            "id": id,
            "use_id": "use_1",
            "cameo_id": None,
            "created_at": AT.replace(".000000", ""),
            "statement": statement,
            "opening": {"salt": text_of(SALT), "event": text_of(opened)},
            "proof": self.proofs(logged)[0],
        }

    def entries(self) -> list[dict[str, Any]]:
        """Two entries of `log.json`, the second withheld."""
        events = [{"event": "grant.offered", "n": n} for n in (0, 1)]
        opened = [json.dumps(each).encode() for each in events]
        logged = [entry("grant.offered", each, salt=SALT, time=AT) for each in opened]
        first, second = self.proofs(logged)
        opening = {"salt": text_of(SALT), "event": text_of(opened[0])}
        return [
            {
                "number": 0,
                "withheld": False,
                "opening": opening,
                "event": events[0],
                "proof": first,
            },
            {"number": 1, "withheld": True, "opening": None, "event": None, "proof": second},
        ]

    def files(self, **changed: bytes) -> Files:
        """Whatever an archive needs; `changed` by name, with `log` for `log.json`."""
        found = {
            "keys/jwks.json": json.dumps(self.jwks).encode(),
            "cameos.json": b"[]",
            "log.json": json.dumps(self.entries()).encode(),
        }
        return found | {f"{name}.json": content for name, content in changed.items()}

    def signed(self, files: Files, *, subject: str = SUBJECT) -> Files:
        """The files, with a manifest and its signature."""
        listed = [
            {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in files.items()
        ]
        said = {"subject": subject, "issuer": "https://x", "created_at": AT, "files": listed}
        manifest = json.dumps(said).encode()
        claims = {"sub": subject, "manifest_sha256": hashlib.sha256(manifest).hexdigest()}
        signature = self.token("export", claims).encode()
        return {**files, "manifest.json": manifest, "manifest.jws": signature}


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


Write = Callable[[zipfile.ZipFile, str, bytes], None]


def plainly(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content)


def packed(files: Files, write: Write = plainly) -> io.BytesIO:
    """The archive of these files; `write` puts each in."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            write(archive, name, content)
    stream.seek(0)
    return stream
