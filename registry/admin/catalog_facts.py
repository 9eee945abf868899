"""Facts of models on the catalogue's page: files are read, what they say is shown, and what is chosen counts.

Between reading and choosing nothing is kept here: what was read of the deployments and models asked for goes
through the form, signed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse

from registry.catalog.carrying import packed, unpacked
from registry.catalog.comparing import Finding, in_words, keys_of_deployments
from registry.catalog.facts import FactSource, Key
from registry.catalog.places import place_named
from registry.catalog.reading import MAX_FILE_BYTES, MAX_SOURCES, installed, read, read_package
from registry.errors import FactsUnreadable

FILES, PACKAGES, CARRIED, READ = "facts_files", "facts_packages", "facts_read", "read"
MAX_NAME_LENGTH = 100
MAX_SHOWN = 500  # each is a field of the form, which may have a thousand


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that are said, and by whom."""

    place: int
    value: str
    by: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FactRow:
    kind: str
    subject: str
    url: str
    title: str
    field: str  # its name in the form
    now: str
    options: tuple[Option, ...]

    @property
    def agreed(self) -> bool:
        return len(self.options) == 1


def is_reading(request: HttpRequest) -> bool:
    """Whether files are to be read and shown, and nothing is filed yet."""
    asked = READ in request.POST or bool(request.POST.getlist(PACKAGES))
    return asked or bool(request.FILES.getlist(FILES))


def sources_of(request: HttpRequest) -> tuple[FactSource, ...]:
    """What is read now, or else what was read before. Raises FactsUnreadable."""
    files, packages = request.FILES.getlist(FILES), request.POST.getlist(PACKAGES)
    if len(files) + len(packages) > MAX_SOURCES:
        raise FactsUnreadable(f"At most {MAX_SOURCES} sources of facts.")
    if not files and not packages:
        return unpacked(request.POST.get(CARRIED, ""))
    known = [name for name in packages if name in installed()]
    return (*(read_package(name) for name in known), *(_uploaded(file) for file in files))


def chosen_of(request: HttpRequest, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As the form says; what is not chosen there does not count."""
    return tuple(replace(one, taken=_place(request, one)) for one in findings)


def context(
    sources: Sequence[FactSource], findings: Sequence[Finding], models: Sequence[str]
) -> dict[str, Any]:
    rows = [_row(finding) for finding in findings[:MAX_SHOWN]]
    keys = keys_of_deployments() | {key for key in map(_key, models) if key is not None}
    return {
        "editions": [str(source.edition) for source in sources],
        "agreed": [row for row in rows if row.agreed],
        "disputed": [row for row in rows if not row.agreed],
        "more": max(len(findings) - MAX_SHOWN, 0),
        "carried": packed(tuple(source.narrowed(keys) for source in sources)) if sources else "",
        "packages": installed(),
        "max_mib": MAX_FILE_BYTES // (1024 * 1024),
    }


def _uploaded(file: "UploadedFile[Any]") -> FactSource:
    return read(file.read(MAX_FILE_BYTES + 1), (file.name or "a file")[:MAX_NAME_LENGTH])


def _place(request: HttpRequest, finding: Finding) -> int | None:
    said = request.POST.get(_field(finding), "")
    places = {str(place): place for place in range(len(finding.positions))}
    return places.get(said)


def _field(finding: Finding) -> str:
    return f"fact.{finding.key}"


def _row(finding: Finding) -> FactRow:
    options = tuple(
        Option(place, in_words(position.value), position.by, place == finding.taken)
        for place, position in enumerate(finding.positions)
    )
    meta = finding.subject._meta
    return FactRow(
        kind=str(meta.verbose_name),
        subject=str(finding.subject),
        url=reverse(f"admin:registry_{meta.model_name}_change", args=[finding.subject.pk]),
        title=finding.title,
        field=_field(finding),
        now=in_words(finding.now),
        options=options,
    )


def _key(wanted: str) -> Key | None:
    seller, _, upstream_id = wanted.partition("/")
    place = place_named(seller)
    return (place.name, upstream_id) if place is not None else None
