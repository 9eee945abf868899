"""Validators of countries: two letters of ISO 3166-1, in capitals, as people write them."""

from django.core.exceptions import ValidationError

from registry.core.countries import COUNTRIES, GROUPS


def validate_country(value: str) -> None:
    if value and not _is_country(value):
        raise ValidationError("Two capital letters of ISO 3166-1, such as DE.")


def validate_countries(value: object) -> None:
    """A list of distinct countries."""
    if not _is_list(value) or not all(_is_country(code) for code in value):  # type: ignore[attr-defined]
        raise ValidationError("Countries are distinct codes of two capital letters (ISO 3166-1).")


def validate_places(value: object) -> None:
    """A list of distinct countries; EU and EEA stand for their members."""
    if not _is_list(value) or not all(_is_country(code) or _is_group(code) for code in value):  # type: ignore[attr-defined]
        raise ValidationError("Places are distinct: codes of two capital letters (ISO 3166-1), EU or EEA.")


def _is_list(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(item, str) for item in value)
        and len(set(value)) == len(value)
    )


def _is_country(code: str) -> bool:
    return code.isupper() and code.lower() in COUNTRIES


def _is_group(code: str) -> bool:
    return code.isupper() and code.lower() in GROUPS
