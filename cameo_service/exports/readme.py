"""What the archive says of itself, for whoever opens it without us.

>>> README.splitlines()[0]
'What a cameo service held about you'
"""

README = """\
What a cameo service held about you
===================================

This archive needs neither the service nor a network. JSON files are plain text.

  manifest.json      every other file with its size and SHA-256, canonical JSON (RFC 8785)
  manifest.jws       the service's signature over the manifest's SHA-256
  keys/              the service's public keys, and the root key that certifies them
  person.json        what the platform reported of your age and life
  enrollments.json   the statements that you accepted, and how each check came out
  cameos.json        your likenesses, with the policies in force and the signed credentials
  cameos/ID/         of each: earlier policies, grants, approvals, uses, who asked about it, who
                     was given an identity package, its erasure; with `include_biometrics`, the
                     templates and the stills and speech that are kept
  grants/            each grant as a consent record (ISO/IEC TS 27560, DPV) and as a licence
                     (ODRL 2.2), JSON-LD
  receipts/          each use's signed receipt, with its proof from the consent log
  consent-receipts/  the same as consent receipts (ISO/IEC TS 27560, DPV), JSON-LD
  log.json           every entry of the consent log about you, with its proof. Where `withheld` is
                     true, the event names other people, and only the entry itself is given.
                     Others' blocks are theirs, and not in it
  webhooks.json      where you are told of events, without the secrets; webhooks/ID.json: what was
                     sent there and what became of it
  uses/, access/, relations/, representation/, notices.json, protected-faces.json

Scores of checks are not included: they would show attackers how near they came. Ask whoever runs
the service if you need them.

To verify all of it:

  cameo export verify ARCHIVE --keys root.json --root THUMBPRINT

with a root document and its thumbprint that you got from the service, or somebody you trust, by
another way than this archive. Without them the archive's own keys are taken: then you learn that
it is whole, but not who made it.

That command is part of the whole service. The verifier alone needs Python 3.11 or newer, the
library `cryptography`, and the service's wheel, installed without what else it asks for:

  python3 -m venv verifier
  verifier/bin/pip install cryptography
  verifier/bin/pip install --no-deps cameo_service-*.whl

Then, in verifier/bin/python, with the same two names:

  import json
  from cameo_service.offline.archives import verify_archive
  from cameo_service.offline.receipts import certified

  with open("root.json") as keys, open("cameo-export.zip", "rb") as archive:
      print(verify_archive(archive, certified(json.load(keys), root="THUMBPRINT")))
"""
