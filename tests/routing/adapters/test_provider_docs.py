"""docs/providers.md says what the code does."""

from routing.adapters import names
from tests.routing.adapters.provider_tables import PAGE, PROBES, page, takes


def test_the_tables_are_current() -> None:
    assert page() == PAGE.read_text(), "write them: python -m tests.routing.adapters.provider_tables"


def test_openai_takes_everything() -> None:
    assert {takes("openai", probe) for probe in PROBES.values()} == {"yes"}


def test_each_dialect_is_described() -> None:
    assert all(f"| `{name}` |" in PAGE.read_text() for name in names())
