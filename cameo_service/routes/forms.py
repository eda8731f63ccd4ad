"""Multipart forms with files, spooled to disk and closed at the end.

async with form_of(request, most_files=8, most_fields=4) as form:
    uploads = files_in(form)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from cameo_service.errors import Invalid
from cameo_service.uploads import Upload
from storage.errors import StoreUnavailable


@asynccontextmanager
async def form_of(
    request: Request, *, most_files: int, most_fields: int
) -> AsyncIterator[FormData]:
    """The form of a request."""
    try:
        form = await request.form(max_files=most_files, max_fields=most_fields)
    except OSError as error:
        raise StoreUnavailable(f"the upload cannot be spooled: {error}") from error
    try:
        yield form
    finally:
        await form.close()


def files_in(form: FormData) -> list[Upload]:
    """Every file that is called `files`."""
    found = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
    return [Upload(each.file, each.content_type or "application/octet-stream") for each in found]


def text_in(form: FormData, name: str, *, most: int, required: bool = False) -> str | None:
    """A text field. Raises `Invalid` where it is missing though required, too long or no text."""
    value = form.get(name)
    if value is None or value == "":
        if required:
            raise Invalid("field_missing", f"the form has no field `{name}`")
        return None
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        raise Invalid("field_malformed", f"`{name}` must be a text of at most {most} characters")
    return value
