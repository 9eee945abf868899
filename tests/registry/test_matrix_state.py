from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from registry_cast import World, make_deployment

from registry.core.matrix_state import State
from registry.matrix_state import states_of_tables


def test_every_pair_of_the_tables_has_a_state(world: World) -> None:
    make_deployment("gpt-us")
    found = states_of_tables(timezone.now())
    assert {name: {pair: cell.state for pair, cell in row.items()} for name, row in found.items()} == {
        "gpt-eu": {"public": State.APPROVED, "restricted": State.ABSENT},
        "gpt-us": {"public": State.ABSENT, "restricted": State.ABSENT},
    }


def test_a_class_that_requires_what_nobody_assures_is_open_nowhere(world: World) -> None:
    world.public.requires_zero_retention = True
    world.public.save()
    assert states_of_tables(timezone.now())["gpt-eu"]["public"].unmet == "zero_retention"


def test_the_number_of_queries_does_not_grow(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for at in range(3):
        make_deployment(f"gpt-{at}")
    with django_assert_num_queries(5):
        states_of_tables(timezone.now())
