"""A source of facts out of a file, or an installed package's own file: nothing is looked up or imported."""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

from registry.catalog import litellm, models_dev
from registry.catalog.facts import Edition, Entry, FactSource, Key
from registry.errors import FactsUnreadable

MAX_FILE_BYTES = 16 * 1024 * 1024  # as it comes, and unpacked
MAX_SOURCES = 4
GZIP = b"\x1f\x8b"
# The packages that carry such a file, and where in them it is.
PACKAGES = MappingProxyType(
    {
        "models-dev": "models_dev/data.json.gz",
        "litellm": "litellm/model_prices_and_context_window_backup.json",
    }
)


def read_named(said: str) -> FactSource:
    """By the name of a package, or the path of a file. Raises FactsUnreadable."""
    return read_package(said) if said in PACKAGES else read_file(Path(said))


def read_package(name: str) -> FactSource:
    try:
        package = distribution(name)
    except PackageNotFoundError as error:
        raise FactsUnreadable(f"The package {name} is not installed.") from error
    return read(_bytes_of(Path(str(package.locate_file(PACKAGES[name])))), f"{name} {package.version}")


def read_file(path: Path) -> FactSource:
    return read(_bytes_of(path), path.name)


def read(raw: bytes, of: str) -> FactSource:
    """`raw` is JSON, or that packed by gzip. Raises FactsUnreadable for any other form, or one too large."""
    data = _parsed(_unpacked(raw))
    sha256 = hashlib.sha256(raw).hexdigest()
    if models_dev.is_so(data):
        edition = Edition(models_dev.SOURCE, of, sha256, models_dev.newest_in(data))
        return FactSource(edition, _by_key(models_dev.entries_in(data)))
    if litellm.is_so(data):
        return FactSource(Edition(litellm.SOURCE, of, sha256), _by_key(litellm.entries_in(data)))
    raise FactsUnreadable


def installed() -> tuple[str, ...]:
    """The packages that can be read by name here."""
    return tuple(name for name in PACKAGES if _is_installed(name))


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _bytes_of(path: PurePath) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FactsUnreadable(f"{path} can't be read: {error.strerror}.") from error


def _unpacked(raw: bytes) -> bytes:
    if raw.startswith(GZIP):
        try:
            with gzip.open(io.BytesIO(raw)) as packed:
                raw = packed.read(MAX_FILE_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise FactsUnreadable from error
    if len(raw) > MAX_FILE_BYTES:
        raise FactsUnreadable(f"It is larger than {MAX_FILE_BYTES // (1024 * 1024)} MiB.")
    return raw


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise FactsUnreadable from error
    if not isinstance(data, dict):
        raise FactsUnreadable
    return data


def _by_key(entries: Iterable[tuple[Key, Entry]]) -> dict[Key, tuple[Entry, ...]]:
    found: dict[Key, tuple[Entry, ...]] = {}
    for key, entry in entries:
        found[key] = (*found.get(key, ()), entry)
    return found
