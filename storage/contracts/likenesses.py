"""Likenesses: enrollments, the cameos that come of them, characters, templates.

tx.cameos.owned_by("user:ana")
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from storage.records.likenesses import (
    CameoRecord,
    CharacterRecord,
    Destroyed,
    EnrollmentRecord,
    EnrollmentTrace,
    ModelCount,
    SampleRecord,
    TemplateRecord,
)
from storage.records.readable import Readable


class Enrollments(Protocol):
    """Enrollment sessions."""

    def add(self, record: EnrollmentRecord) -> None:
        """Store a new enrollment."""

    def get(self, id: str) -> EnrollmentRecord:
        """The enrollment with this id."""

    def save(self, record: EnrollmentRecord) -> EnrollmentRecord:
        """Store a changed enrollment."""

    def of(self, principal: str, *, limit: int, after: str | None = None) -> list[EnrollmentRecord]:
        """The enrollments of a principal, in order of id."""

    def overdue(self, *, now: datetime, limit: int) -> list[EnrollmentRecord]:
        """Those in `requires_input` whose `expires_at` has passed, the oldest first."""

    def rejections(self, principal: str, *, since: datetime) -> int:
        """How many recordings were rejected in enrollments of `principal` begun since then, or
        wait for their verdict."""

    def awaiting_review(self, *, limit: int, after: str | None = None) -> list[EnrollmentRecord]:
        """Those in `needs_review`, in order of id."""

    def renewing(self, cameo_id: str) -> list[EnrollmentRecord]:
        """Those that are to renew this cameo and are not over yet, in order of id."""

    def of_cameo(self, cameo_id: str) -> Readable[EnrollmentRecord]:
        """Those of its owner that it came of, or that renewed it or were to, in order of id; and
        the ids of those that somebody altered so that they cannot be read.

        One that goes on to another cameo after a reviewer's no is that cameo's.
        """

    def fruitless(self, principal: str, *, before: datetime, renews: str) -> list[EnrollmentTrace]:
        """Those of `principal` that became nothing, in order of id: all that were begun before then
        as a first one, and of those that were to renew this cameo, all that never held anything.
        """

    def end_fruitless(self, principal: str, *, before: datetime, renews: str, now: datetime) -> int:
        """End and empty `fruitless` in one statement; return how many were not empty.

        What is under way is canceled. Nothing but ids, times and what was agreed stays.
        """

    def end_altered(self, ids: Sequence[str], *, now: datetime) -> int:
        """End and empty those with these ids, whatever stands in them; return how many there were.

        Of a state that is none it is canceled.
        """

    def unfinished(self, principal: str, *, now: datetime) -> int:
        """How many of a principal are under way, and not overdue."""

    def naming(self, cameo_id: str, *, limit: int, after: str | None = None) -> list[str]:
        """The ids of those whose report names this cameo, in order. Every report is looked at.

        None is read: one that was altered is found as well.
        """

    def drop_report(self, id: str) -> None:
        """Take the report of an enrollment, whatever stands there."""

    def unreviewed(self, *, before: datetime, limit: int) -> list[EnrollmentRecord]:
        """Those in `needs_review` that nobody changed since then, in order of id."""

    def ended(self, *, before: datetime, limit: int) -> list[EnrollmentRecord]:
        """Those that ended before then and still have a client secret's hash, the oldest first."""


class Cameos(Protocol):
    """Likenesses."""

    def add(self, record: CameoRecord) -> None:
        """Store a new cameo."""

    def get(self, id: str) -> CameoRecord:
        """The cameo with this id."""

    def find(self, id: str) -> CameoRecord | None:
        """The cameo with this id, or None."""

    def save(self, record: CameoRecord) -> CameoRecord:
        """Store a changed cameo."""

    def several(self, ids: Sequence[str]) -> list[CameoRecord]:
        """Those of these cameos that there are, in order of id. At most 10,000 are asked for."""

    def owned_by(self, owner: str) -> list[CameoRecord]:
        """Every cameo of `owner`, oldest first."""

    def active(self, kind: str, *, limit: int, after: str | None = None) -> list[CameoRecord]:
        """The active cameos of this kind, in order of id."""

    def credentialed(self, *, limit: int, after: str | None = None) -> list[CameoRecord]:
        """The cameos with a credential, whatever their status, in order of id."""

    def inactive(
        self, *, since: datetime, now: datetime, limit: int, after: str | None = None
    ) -> list[CameoRecord]:
        """The active cameos of people that nothing happened to `since` then, in order of id.

        Their credential has expired `now`; the enrollment that it came of was begun before then;
        nobody asked about them since, no permit that rests on them was valid since, and no use
        that rests on them was reported or changed.
        """


class Characters(Protocol):
    """What characters have beside their cameos."""

    def add(self, record: CharacterRecord) -> None:
        """Store a new character. Raises `AlreadyExists` for a taken id or handle."""

    def get(self, id: str) -> CharacterRecord:
        """The character with this id."""

    def find(self, id: str) -> CharacterRecord | None:
        """The character with this id, or None."""

    def empty(self, id: str) -> int:
        """Destroy the texts of every version: description, references, statement and notes.

        Returns how many versions there are. Owner, handle, name and underlying rights stay.
        """

    def named(self, handle: str) -> CharacterRecord | None:
        """The character with this handle, or None."""

    def save(self, record: CharacterRecord) -> CharacterRecord:
        """Store a changed character. The version before it stays in `history`."""

    def history(self, id: str) -> list[CharacterRecord]:
        """Every version, oldest first. Raises `NotFound`."""

    def awaiting_review(self, *, limit: int, after: str | None = None) -> list[CharacterRecord]:
        """Those whose cameo is pending, in order of id."""

    def resting_on(self, cameo_id: str) -> list[CharacterRecord]:
        """Every character that has this cameo among its underlying rights, in order of id."""


class Templates(Protocol):
    """Biometric templates, encrypted at rest under a data key per cameo or protected face.

    A cameo may have templates of several models side by side: one for a modality and a model. What
    waits with an enrollment for its review is kept under the enrollment's id instead of a cameo's,
    and is in none of the lists over all cameos.
    """

    def put(self, templates: list[TemplateRecord]) -> None:
        """Add templates, each in place of the cameo's former one of its modality and model.

        All must be of one cameo. Templates of other models stay. Raises `Tampered` where the
        cameo's data key does not open.
        """

    def of_cameo(self, cameo_id: str) -> list[TemplateRecord]:
        """The templates of a cameo, by modality and by `model_sha256`.

        Raises `Tampered` when any fails to open.
        """

    def bereft(self, modality: str) -> str | None:
        """A person's cameo that has a credential, has not ended and has no template of this
        modality; None where there is none. Every cameo is looked at."""

    def drop(self, cameo_id: str, modality: str, model_sha256: str) -> None:
        """Delete a template. Nothing happens where there is none.

        Raises `StorageError` where it is the cameo's last one of that modality: `destroy` ends
        all.
        """

    def of_model(
        self, modality: str, model_sha256: str, *, limit: int, after: str | None = None
    ) -> list[TemplateRecord]:
        """The templates of every cameo that this model made, in order of the cameo's id.

        `after` is the id of a cameo. Raises `Tampered` when any fails to open.
        """

    def lacking(
        self, modality: str, model_sha256: str, *, limit: int, after: str | None = None
    ) -> list[str]:
        """The ids of cameos that have templates of this modality but none of this model, in order.

        `after` is the id of a cameo.
        """

    def only_of_others(self, modality: str, model_sha256: str) -> list[str]:
        """The models of those cameos and protected faces that this one made nothing for, in order.

        By their `model_sha256`.
        """

    def counts(self) -> list[ModelCount]:
        """How many cameos have a template of which model, by modality and `model_sha256`."""

    def keep_samples(self, cameo_id: str, samples: list[SampleRecord]) -> None:
        """Replace every sample of the cameo, which has templates.

        Raises `StorageError` for a cameo without a data key, or a sample of another cameo.
        """

    def samples_of(self, cameo_id: str) -> list[SampleRecord]:
        """The samples of a cameo, by modality and position. Raises `Tampered`."""

    def of_modality(
        self, modality: str, *, limit: int, after: str | None = None
    ) -> list[TemplateRecord]:
        """The templates of this modality of the next cameos, in order of cameo.

        Raises `Tampered` when any fails to open. Several templates of one cameo come together,
        though they be more than `limit`.
        """

    def destroy(self, cameo_id: str) -> Destroyed:
        """Delete templates, samples and data key. Nothing happens where there are none.

        What the database itself still keeps of them after the commit is `Store.scrub`'s.
        """
