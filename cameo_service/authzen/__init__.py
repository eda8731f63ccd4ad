"""OpenID AuthZEN Authorization API 1.0 over the consent question.

A generator that already speaks AuthZEN asks here what others ask at `POST /v1/consent/check`. Both
are the same question, decided by the same procedure over the same facts.

    POST /access/v1/evaluation
    {"subject": {"type": "user", "id": "bob"}, "action": {"name": "generate"},
     "resource": {"type": "cameo", "id": "cam_1"}}
"""
