"""Change sets of the registry as their approvers read them."""

from datetime import UTC, datetime
from decimal import Decimal

from registry_cast import World

from registry.models import Deployment, Price
from registry.services import matrix
from registry.services.rehearsal import rehearse
from registry.wording import in_words


def test_fields_are_told_by_their_names_and_old_and_new_values(world: World) -> None:
    def work() -> None:
        row = Deployment.objects.get()
        row.timeout_s, row.enabled = 30, False
        row.save()

    (item,) = in_words(rehearse(work).changes)
    assert (item.op, item.noun, item.name) == ("changed", "deployment", "gpt-eu")
    assert item.lines == ("enabled: yes → no", "timeout in seconds: 60 → 30")


def test_a_cell_is_called_by_deployment_and_class(world: World) -> None:
    def work() -> None:
        matrix.decide(
            actor=None,
            deployment=world.deployment,
            data_class=world.restricted,
            decision="approved",
            evidence="TIA-7",
        )

    (item,) = in_words(rehearse(work).changes)
    assert (item.op, item.name) == ("added", "gpt-eu for restricted")
    assert item.lines == ("absent, which denies → approved", "evidence: TIA-7")


def test_a_decision_is_told_with_its_window(world: World) -> None:
    def work() -> None:
        matrix.decide(
            actor=None,
            deployment=world.deployment,
            data_class=world.public,
            decision="conditional",
            conditions=["zero_retention"],
            evidence="ticket 1",
            valid_to=datetime(2027, 1, 1, tzinfo=UTC),
        )

    (item,) = in_words(rehearse(work).changes)
    assert item.lines == ("approved → conditional if zero_retention until 2027-01-01",)


def test_what_is_removed_keeps_its_name(world: World) -> None:
    def work() -> None:
        Price.objects.all().delete()

    (item,) = in_words(rehearse(work).changes)
    assert (item.op, item.noun) == ("removed", "price")
    assert item.name.startswith("gpt-eu from ")


def test_a_reference_is_told_by_name(world: World) -> None:
    def work() -> None:
        price = Price.objects.get()
        Price.objects.all().delete()
        price.input_usd_per_mtok = Decimal(7)
        price.save(force_insert=True)
        version = world.deployment.version
        version.pk = None
        version.name = "2"
        version.save(force_insert=True)

    items = {item.noun: item for item in in_words(rehearse(work).changes)}
    assert items["price"].lines == ("input, USD per million tokens: 0.4 → 7",)
    assert items["model version"].name == "gpt 2"
    assert "model: gpt" in items["model version"].lines
