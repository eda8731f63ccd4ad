"""The direction of imports: the houses and who may know whom."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "permissions": set[str](),
    "verification": set[str](),
    "storage": {"permissions", "verification"},
    "cameo_service": {"storage", "permissions", "verification"},
}
LIGHT = {"cameo_service.client", "cryptography", "httpx2", "joserfc", "jwt", "msgspec", "rfc8785"}
"""What the client is made of, besides the standard library."""
PURE = {"permissions": ("socket", "sqlalchemy", "sqlmodel", "fastapi", "pathlib", "os", "time")}


def imports_of(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("house", sorted(MAY_IMPORT))
def test_a_house_imports_only_what_stands_below_it(house: str) -> None:
    modules = sorted((ROOT / house).rglob("*.py"))
    assert modules
    others = set(MAY_IMPORT) - MAY_IMPORT[house] - {house}
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules
        for name in imports_of(module)
        if name.split(".")[0] in others
    ]
    assert wrong == []


@pytest.mark.parametrize("house", sorted(PURE))
def test_a_pure_house_does_no_io(house: str) -> None:
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in sorted((ROOT / house).rglob("*.py"))
        for name in imports_of(module)
        if name.split(".")[0] in PURE[house]
    ]
    assert wrong == []


def test_the_client_imports_nothing_of_the_service_and_nothing_heavy() -> None:
    modules = sorted((ROOT / "cameo_service" / "client").rglob("*.py"))
    assert modules
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules
        for name in imports_of(module)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == light or name.startswith(f"{light}.") for light in LIGHT)
    ]
    assert wrong == []
