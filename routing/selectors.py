"""Reads: rows and documents → the frozen values of the decision core."""

from collections.abc import Mapping
from typing import Any

from routing.core.document import DocumentUnreadable, release_from
from routing.core.index import index_of
from routing.core.release import Release


def compile_release(number: int, digest: str, document: Mapping[str, Any]) -> Release:
    """The release of a canonical document, indexed and ready to decide.

    Raises routing.core.document.DocumentUnreadable where this version can't read all of it.
    """
    release = release_from(number, digest, document)
    try:
        index_of(release)
    except ValueError as error:
        raise DocumentUnreadable(str(error)) from error
    return release
