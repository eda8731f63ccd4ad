"""What is told of a pack: as JSON data, and as lines.

show(document_of(pack, shelf, here=True, active="open"))
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cameo_service.cli.output import emit_table

if TYPE_CHECKING:
    from verification.packs.manifest import Component, Pack
    from verification.packs.shelf import Shelf


def document_of(pack: "Pack", shelf: "Shelf", *, here: bool, active: str | None) -> dict[str, Any]:
    """All that is to be told of a pack, as JSON data; its files are hashed if it is `here`."""
    directory = shelf.directory(pack.name)
    components = [_component(part, directory) for part in pack.components.values()]
    states = {component["state"] for component in components} - {"built in"}
    return {
        "name": pack.name,
        "title": pack.title,
        "active": pack.name == active,
        "state": _summary(states) if here else "not pulled",
        "size": pack.size,
        "commercial": pack.commercial,
        "enables": _enables(pack),
        "components": components,
    }


def _enables(pack: "Pack") -> dict[str, bool]:
    """Which checks the pack can make beyond those that every pack can."""
    from verification.packs.enabling import ENABLED

    return {check: role in pack.components for check, role in ENABLED.items()}


def _summary(states: set[str]) -> str:
    return "complete" if states <= {"present"} else "broken"


def _component(part: "Component", directory: Path) -> dict[str, Any]:
    from verification.packs.integrity import FileState, state_of

    states = [state_of(file, directory) for file in part.files]
    if part.convert_to is not None and part.converted is None:
        states.append(FileState.MISSING)
    broken = [state for state in states if state is not FileState.PRESENT]
    return {
        "role": str(part.role),
        "adapter": part.adapter,
        "source": part.source or (None if part.pieces else f"package {part.library}"),
        "file": part.file.path if part.file else None,
        "sha256": part.sha256,
        "pieces": {
            name: {
                "source": piece.source,
                "file": piece.file.path,
                "sha256": piece.file.sha256,
            }
            for name, piece in part.pieces.items()
        },
        "size": sum(file.size for file in part.files),
        "licence": part.licence,
        "commercial": part.commercial,
        "state": str(broken[0]) if broken else "present" if states else "built in",
        "thresholds": {
            name: {
                "value": item.value,
                "unit": item.unit,
                "calibrated_on": item.calibrated_on,
                "calibrated_by": item.calibrated_by,
                "false_match_rate": item.false_match_rate,
                "false_non_match_rate": item.false_non_match_rate,
            }
            for name, item in part.thresholds.items()
        },
    }


def show(document: dict[str, Any]) -> None:
    """Print what `document_of` found."""
    mark = "active, " if document["active"] else ""
    use = "" if document["commercial"] else ", not for commercial use"
    size = document["size"] / 1e6
    typer.echo(f"{document['name']}: {mark}{document['state']}, {size:.0f} MB{use}")
    typer.echo(f"  {document['title']}")
    for possible, words in ((True, "checks besides the common ones"), (False, "cannot check")):
        names = [name for name, has in document["enables"].items() if has is possible]
        if names:
            typer.echo(f"  {words}: {', '.join(names)}")
    emit_table(
        ("  component", "state", "MB", "commercial", "licence"),
        [
            (
                f"  {part['role']}",
                part["state"],
                f"{part['size'] / 1e6:.1f}" if part["size"] else "-",
                "yes" if part["commercial"] else "NO",
                part["licence"],
            )
            for part in document["components"]
        ],
    )
    for part in document["components"]:
        for name, threshold in part["thresholds"].items():
            if threshold["calibrated_by"]:
                where = f"calibrated here on {threshold['calibrated_on']}"
                typer.echo(f"  {part['role']} {name}: {threshold['value']:g}, {where}")
    typer.echo()
