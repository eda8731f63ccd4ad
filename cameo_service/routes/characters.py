"""Characters over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from cameo_service.callers import Caller, Scope
from cameo_service.cameos import suspension
from cameo_service.characters import registration, reviews
from cameo_service.routes.dependencies import (
    ContextOf,
    CreationOf,
    PageOf,
    caller_with,
)
from cameo_service.routes.schemas.characters import (
    CharacterCard,
    CharacterChangeIn,
    CharacterIn,
    CharacterOut,
    CharacterReviewIn,
    CharacterVersionOut,
    HeldCameoOut,
)
from cameo_service.routes.schemas.common import Page, version_cursor
from storage.contracts import Transaction

router = APIRouter(prefix="/v1", tags=["characters"])

Reading = Annotated[Caller, Depends(caller_with(Scope.CHARACTERS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.CHARACTERS_WRITE))]
Reviewing = Annotated[Caller, Depends(caller_with(Scope.CHARACTERS_REVIEW))]
Deploying = Annotated[Caller, Depends(caller_with(Scope.DEPLOYMENT_WRITE))]


@router.post(
    "/characters", status_code=201, response_model=CharacterOut, operation_id="registerCharacter"
)
def register_character(
    body: CharacterIn, context: ContextOf, caller: Writing, creation: CreationOf
) -> Response:
    """Register a character in its owner's name. It waits for a review before it can be used."""

    def produce(tx: Transaction) -> CharacterOut:
        return CharacterOut.of(
            registration.register(
                tx,
                context,
                caller,
                owner=body.owner,
                handle=body.handle,
                sheet=body.to_sheet(),
            )
        )

    def repeat(tx: Transaction, first: bytes) -> CharacterOut:
        id = CharacterOut.model_validate_json(first).id
        return CharacterOut.of(registration.owned(tx, caller, id))

    return creation.run(caller, produce, repeat=repeat)


@router.get("/characters", operation_id="findCharacter")
def find_character(
    handle: Annotated[str, Query(max_length=100)], context: ContextOf, caller: Reading
) -> CharacterCard:
    """The active character with this handle, as anybody may know it."""
    del caller
    with context.store.read() as tx:
        return CharacterCard.of(registration.active_named(tx, handle))


@router.get("/characters/awaiting-review", operation_id="listCharactersAwaitingReview")
def list_awaiting_review(
    context: ContextOf, caller: Reviewing, query: PageOf
) -> Page[CharacterOut]:
    """Characters whose current version waits for a reviewer."""
    del caller
    with context.store.read() as tx:
        found = reviews.waiting(tx, limit=query.limit + 1, after=query.after)
    return Page[CharacterOut].of(
        found, query, shown=CharacterOut.of, cursor=lambda character: character.record.id
    )


@router.get("/characters/{id}", operation_id="getCharacter")
def get_character(id: str, context: ContextOf, caller: Reading) -> CharacterOut:
    """A character, for those who act for its owner. Its policy is that of the cameo `id`."""
    with context.store.read() as tx:
        return CharacterOut.of(registration.owned(tx, caller, id))


@router.put("/characters/{id}", operation_id="changeCharacter")
def change_character(
    id: str, body: CharacterChangeIn, context: ContextOf, caller: Writing
) -> CharacterOut:
    """Store the next version. What was approved and changes is reviewed again before any use."""
    with context.store.write() as tx:
        return CharacterOut.of(
            registration.change(tx, context, caller, id=id, sheet=body.to_sheet())
        )


@router.get("/characters/{id}/history", operation_id="getCharacterHistory")
def get_character_history(
    id: str, context: ContextOf, caller: Reading, query: PageOf
) -> Page[CharacterVersionOut]:
    """The versions of a character, oldest first."""
    after = version_cursor(query.after)
    with context.store.read() as tx:
        versions = registration.history(tx, caller, id, limit=query.limit + 1, after=after)
    return Page[CharacterVersionOut].of(
        versions, query, shown=CharacterVersionOut.of, cursor=lambda record: str(record.version)
    )


@router.post("/characters/{id}/review", operation_id="reviewCharacter")
def review_character(
    id: str, body: CharacterReviewIn, context: ContextOf, caller: Reviewing
) -> CharacterOut:
    """Approve or reject the current version. Nobody judges what their own principal owns."""
    with context.store.write() as tx:
        settled = reviews.settle(
            tx,
            context,
            caller,
            id=id,
            approve=body.decision == "approve",
            note=body.note,
            version=body.version,
        )
    return CharacterOut.of(settled)


@router.post("/characters/{id}/suspend", operation_id="suspendCharacter")
def suspend_character(id: str, context: ContextOf, caller: Deploying) -> HeldCameoOut:
    """Keep a character from being used until it is reinstated. Its live permits end."""
    del caller
    with context.store.write() as tx:
        return HeldCameoOut.of(suspension.suspend(tx, context, id=id, kind="character"))


@router.post("/characters/{id}/reinstate", operation_id="reinstateCharacter")
def reinstate_character(id: str, context: ContextOf, caller: Deploying) -> HeldCameoOut:
    """Let a suspended character be used again; one that was changed goes to its review."""
    del caller
    with context.store.write() as tx:
        return HeldCameoOut.of(suspension.reinstate(tx, context, id=id, kind="character"))


@router.post("/cameos/{id}/suspend", tags=["cameos"], operation_id="suspendCameo")
def suspend_cameo(id: str, context: ContextOf, caller: Deploying) -> HeldCameoOut:
    """Keep a cameo, of a person or a character, from being used. Its live permits end."""
    del caller
    with context.store.write() as tx:
        return HeldCameoOut.of(suspension.suspend(tx, context, id=id))


@router.post("/cameos/{id}/reinstate", tags=["cameos"], operation_id="reinstateCameo")
def reinstate_cameo(id: str, context: ContextOf, caller: Deploying) -> HeldCameoOut:
    """Let a suspended cameo be used again."""
    del caller
    with context.store.write() as tx:
        return HeldCameoOut.of(suspension.reinstate(tx, context, id=id))
