"""The packages of a submission's image, listed once for an image and remembered in the cache."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from polyreact.engines.interface import Engine, Image
from polyreact.errors import BadRecord, CannotWrite, HostError, RecordTooNew
from polyreact.files import write_atomically
from polyreact.results.describe import describe_packages
from polyreact.results.documents import read_document, render_document
from polyreact.results.package_records import PACKAGES_SCHEMA_VERSION, PackagesDocument
from polyreact.settings import Settings


def find_packages(
    image: Image, engine: Engine, settings: Settings, on_progress: Callable[[str], None]
) -> PackagesDocument | None:
    """The packages that an image says it holds; None where there is no image or its files cannot be read.

    That costs the list and nothing else, so it is told and not raised.
    """
    path = settings.cache / "packages" / f"{image.image_id.removeprefix('sha256:')}.json"
    with contextlib.suppress(BadRecord, RecordTooNew):  # then it is made again
        if path.is_file():
            return read_document(path, PackagesDocument, PACKAGES_SCHEMA_VERSION)
    try:
        listed = engine.list_packages(image)
    except HostError as error:
        on_progress(f"{error.code}  the packages of {image.reference} are not listed: {error.summary}")
        return None
    if listed is None:
        return None
    document = describe_packages(image, listed)
    try:
        write_atomically(path, render_document(document))
    except CannotWrite as error:
        on_progress(f"{error.code}  {error.summary}; the evaluation goes on")
    return document
