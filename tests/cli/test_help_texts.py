"""What `--help` lists is what there is: it is written out, so that help needs no heavy import."""

import re

from cameo_service.callers import Scope
from cameo_service.cli.keys import SCOPES_HELP
from cameo_service.cli.signing_keys import PURPOSE_HELP
from storage.keys import Purpose


def test_every_scope_is_listed() -> None:
    assert re.findall(r"\w+:\w+", SCOPES_HELP) == [scope.value for scope in Scope]


def test_every_purpose_is_listed() -> None:
    (listed,) = re.findall(r"One of: ([\w, -]+)\.", PURPOSE_HELP)
    assert listed.split(", ") == [purpose.value for purpose in Purpose]
