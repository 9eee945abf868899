"""What a maintained catalogue says, brought into the registry as a proposal."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from registry_cast import World, make_deployment, make_price

from registry.catalog.changes import Asked, Found, find, terms_in
from registry.catalog.source import Offer, Seller, sellers
from registry.catalog.terms import Amount, Schedule, terms_of
from registry.core.changes import ChangeSet
from registry.errors import CatalogRefused
from registry.models import Deployment, Price, Proposal, Release, User
from registry.services import applying, approving, catalog, proposals
from registry.services.writing import write
from registry.wording import in_words
from routing.core.document import price_from
from routing.core.release import Band

AT = timezone.now() + timedelta(hours=2)  # later than the last test of this run
LATER = date(2099, 5, 1)


def usd(**kinds: str) -> dict[str, Amount]:
    return {kind: Amount(Decimal(amount)) for kind, amount in kinds.items()}


def offer(name: str = "gpt-1", prices: Any = None, **fields: Any) -> Offer:
    standard = Schedule(usd(input="0.4", output="1.6") if prices is None else prices)
    given: dict[str, Any] = {
        "provider": "openai",
        "title": name.upper(),
        "ids": frozenset({name}),
        "context_window_tokens": 100_000,
        "deprecated": False,
        "schedules": ((None, standard),),
    }
    return Offer(name=name, **{**given, **fields})


def seller(*offers: Offer, name: str = "openai") -> Seller:
    return Seller(name, name.title(), r"https://api\.openai\.com", "", offers)


def found(*offers: Offer, **asked: Any) -> Found:
    return find([seller(*offers)], Asked(AT, **asked))


def changes(found: Found, **unsaid: Any) -> ChangeSet:
    return catalog.changes_of(found, catalog.Unsaid(**unsaid))


def test_a_price_that_is_the_same_changes_nothing(world: World) -> None:
    said = found(offer())
    assert (bool(said), said.unchanged) == (False, 1)


def test_a_price_that_changed_is_a_new_row_and_ends_the_old_one(world: World) -> None:
    (row, closed) = in_words(changes(found(offer(prices=usd(input="0.5", output="1.6")))))[::-1]
    told = {line for worded in (row, closed) for line in worded.lines}
    assert "input, USD per million tokens: 0.5" in told
    assert any(line.startswith("valid to: none → ") for line in told)


def test_what_was_imported_is_not_proposed_again(world: World) -> None:
    said = offer(prices=usd(input="0.5", output="2"), schedules=_two_steps())
    write(changes(found(said)))
    assert Price.objects.count() == 3
    assert found(said).unchanged == 1
    assert not changes(found(said))


def _two_steps() -> Any:
    return (
        (None, Schedule(usd(input="0.5", output="2"))),
        (LATER, Schedule(usd(input="0.3", output="2"))),
    )


def test_a_price_to_come_begins_on_its_day(world: World) -> None:
    rows = found(offer(schedules=_two_steps())).prices
    assert [row.valid_from for row in rows] == [AT, datetime(2099, 5, 1, tzinfo=UTC)]


@pytest.mark.parametrize("upstream_id", ["gpt-1-mini", "gpt-", "GPT-1", "gpt-10", " gpt-1", "openai/gpt-1"])
def test_an_id_that_is_not_the_same_to_the_letter_prices_nothing(world: World, upstream_id: str) -> None:
    said = found(offer(upstream_id, usd(input="9", output="9")))
    assert not said
    assert said.notes[0].text.startswith("The catalogue has no “gpt-1”")


def test_an_id_of_two_offers_is_for_a_person_to_bind(world: World) -> None:
    two = [seller(offer(prices=usd(input="9"))), seller(offer(provider="other"), name="other")]
    assert not find(two, Asked(AT))
    assert find(two, Asked(AT, bindings={"gpt-eu": "openai/gpt-1"})).prices


def test_a_binding_is_kept_by_the_row_that_came_of_it(world: World) -> None:
    other = offer("gpt-one", usd(input="1", output="1"))
    write(changes(found(other, bindings={"gpt-eu": "openai/gpt-one"})))
    dearer = offer("gpt-one", usd(input="2", output="1"))
    assert [row.terms.amounts["input_usd_per_mtok"] for row in found(dearer).prices] == [Decimal(2)]


def test_a_deployment_elsewhere_is_not_priced_by_another_provider(world: World) -> None:
    Deployment.objects.filter(pk=world.deployment.pk).update(base_url="https://models.example/v1")
    assert not found(offer(prices=usd(input="9", output="9")))


def test_a_kind_that_a_person_entered_stays(world: World) -> None:
    Price.objects.all().delete()
    make_price(
        world.deployment,
        valid_from=world.price.valid_from,
        reasoning_usd_per_mtok=Decimal(3),
        pictures=[{"size": "", "quality": "", "usd": "0.04"}],
    ).save(force_insert=True)
    write(changes(found(offer(prices=usd(input="0.5", output="1.6")))))
    row = Price.objects.get(valid_to=None)
    assert (row.input_usd_per_mtok, row.reasoning_usd_per_mtok) == (Decimal("0.5"), Decimal(3))
    assert row.pictures[0]["usd"] == "0.04"


def test_a_kind_that_the_catalogue_does_not_say_is_unknown_and_not_zero(world: World) -> None:
    make_deployment("gpt-us")
    write(changes(found(offer(prices=usd(input="0.02")))))
    row = Price.objects.get(deployment__name="gpt-us")
    assert (row.output_usd_per_mtok, row.cache_read_usd_per_mtok) == (None, None)


def test_a_price_that_no_row_can_say_is_not_half_said(world: World) -> None:
    said = found(offer(prices=usd(input="9"), needed=("input_video_mtok",)))
    assert (bool(said), said.notes[0].text) == (False, "Not priced: no row can say input video.")


def test_a_planned_change_is_left_alone(world: World) -> None:
    world.price.valid_to = AT + timedelta(days=3)
    world.price.save()
    assert not found(offer(prices=usd(input="9", output="9")))


def test_a_new_model_is_proposed_with_a_deployment_that_serves_nothing_yet(world: World) -> None:
    new = offer("gpt-2", ids=frozenset({"gpt-2", "gpt-2-2026-01-02"}))
    write(
        changes(
            found(offer(), new, models=("openai/gpt-2-2026-01-02",)), max_output_tokens=8_000, region="us"
        )
    )
    deployment = Deployment.objects.get(name="gpt-2-us")
    version = deployment.version
    assert (version.name, version.upstream_id) == ("2026-01-02", "gpt-2-2026-01-02")
    assert (deployment.enabled, version.lifecycle) == (False, "proposed")
    assert (version.model.context_window_tokens, version.model.max_output_tokens) == (100_000, 8_000)
    assert deployment.prices.get().input_usd_per_mtok == Decimal("0.4")
    assert not found(offer(), new, models=("openai/gpt-2-2026-01-02",))


def test_what_the_catalogue_does_not_know_of_a_model_a_person_must_say(world: World) -> None:
    said = found(offer(), offer("gpt-2"), models=("openai/gpt-2",))
    with pytest.raises(CatalogRefused, match="how much it answers"):
        changes(said)


def test_a_model_is_asked_for_to_the_letter(world: World) -> None:
    said = found(offer(), models=("openai/gpt", "nobody/gpt-1"))
    assert [note.text for note in said.notes] == ["The catalogue has no such id, to the letter."] * 2


def test_tiers_windows_and_batches_become_bands_in_the_order_in_which_they_count() -> None:
    tiered = {"input": Amount(Decimal(1), ((200_000, Decimal(2)),)), "output": Amount(Decimal(4))}
    terms = terms_of(Schedule(tiered, (("16:30", "00:30", usd(input="0.5")),), usd(input="0.4"), _fast()))
    assert terms.amounts == {"input_usd_per_mtok": Decimal(1), "output_usd_per_mtok": Decimal(4)}
    assert terms.bands == (
        {"above_input_tokens": 200_000, "usd": {"input": "2"}},
        {"from": "16:30", "to": "00:30", "usd": {"input": "0.5"}},
        {"service_tier": "priority", "usd": {"input": "3"}},
        {"batch": True, "usd": {"input": "0.4"}},
    )


def _fast() -> Any:
    return (("priority", usd(input="3")),)


@pytest.mark.parametrize(("said", "kept"), [("0.0833333333333333", "0.083333334"), ("1E+1", "10")])
def test_an_amount_of_too_many_places_is_never_rounded_down(said: str, kept: str) -> None:
    assert terms_of(Schedule(usd(input=said))).amounts["input_usd_per_mtok"] == Decimal(kept)


@pytest.fixture(scope="module")
def package() -> dict[str, Offer]:
    return {offer.reference: offer for seller in sellers() for offer in seller.offers}


def test_every_price_of_the_package_is_a_price_row(package: dict[str, Offer]) -> None:
    rows = 0
    for found_offer in package.values():
        for _, schedule in found_offer.schedules:
            terms = terms_of(schedule)
            row = Price(valid_from=AT, **terms.amounts, bands=list(terms.bands))
            assert terms_in(row).amounts == {"request_usd": 0, **terms.amounts}
            rows += 1
    assert rows >= len(package) > 1_000


def test_the_package_s_clock_of_a_day_is_read(package: dict[str, Offer]) -> None:
    ((_, schedule),) = package["deepseek/deepseek-chat"].schedules
    ((start, end, prices),) = schedule.windows
    assert (start, end, prices["input"].usd > schedule.standard["input"].usd) == ("00:30", "16:30", True)


def test_the_package_s_service_tiers_and_batches_are_read(package: dict[str, Offer]) -> None:
    _, schedule = package["openai/gpt-4o"].schedules[-1]
    said = {tier: prices["input"].usd for tier, prices in schedule.tiers}
    assert said["priority"] > schedule.standard["input"].usd > schedule.batch["input"].usd


def test_no_id_of_the_package_is_a_pattern(package: dict[str, Offer]) -> None:
    """It takes claude-2 for whatever begins so; here it is claude-2 alone."""
    assert package["anthropic/claude-2"].ids == {"claude-2"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    dearer = seller(offer(prices=usd(input="0.5", output="1.6")))
    monkeypatch.setattr("registry.management.commands.import_catalog.sellers", lambda: (dearer,))

    def call(*arguments: str) -> str:
        out = StringIO()
        call_command("import_catalog", *arguments, stdout=out)
        return out.getvalue()

    return call


def test_the_command_shows_and_writes_nothing(world: World, run: Callable[..., str]) -> None:
    told = run()
    assert "input, USD per million tokens: 0.5" in told
    assert "2 rows to change" in told
    assert not Proposal.objects.exists()


def test_the_command_files_one_draft(world: World, cast: dict[str, User], run: Callable[..., str]) -> None:
    run("--propose", "--author", "author", "--reason", "Prices went up.")
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.reason, len(proposal.change_set)) == ("draft", "Prices went up.", 2)
    with pytest.raises(CommandError, match="no user"):
        run("--propose", "--author", "nobody")


@pytest.fixture
def dearer(monkeypatch: pytest.MonkeyPatch) -> None:
    known = seller(offer(prices=usd(input="0.5", output="1.6")), offer("gpt-2"))
    monkeypatch.setattr("registry.admin.catalog.sellers", lambda: (known,))


PAGE = "/admin/registry/catalog/"


def test_the_page_shows_what_changed(world: World, dearer: None, sign_in: Any) -> None:
    page = sign_in("author").get(PAGE).content.decode()
    assert "input, USD per million tokens: 0.5" in page
    assert "openai/gpt-1" in page


def test_what_is_chosen_on_the_page_becomes_a_draft(world: World, dearer: None, sign_in: Any) -> None:
    form = {
        "deployments": ["gpt-eu"],
        "models": "openai/gpt-2",
        "max_output_tokens": "900",
        "reason": "News.",
    }
    answer = sign_in("author").post(PAGE, form)
    proposal = Proposal.objects.get()
    assert str(proposal.pk) in answer["Location"]
    kinds = sorted(change.kind for change in proposal.change_set)
    assert kinds == ["registry.model", "registry.modelversion", "registry.price", "registry.price"]


def test_what_a_new_model_lacks_is_asked_for(world: World, dearer: None, sign_in: Any) -> None:
    page = sign_in("author").post(PAGE, {"models": "openai/gpt-2"}).content.decode()
    assert "The catalogue does not say how much it answers at most of openai/gpt-2" in page
    assert not Proposal.objects.exists()


def test_who_may_not_propose_only_looks(world: World, dearer: None, sign_in: Any) -> None:
    auditor = sign_in("auditor")
    assert "Draft a proposal" not in auditor.get(PAGE).content.decode()
    assert auditor.post(PAGE, {"deployments": ["gpt-eu"]}).status_code == 403


@pytest.mark.usefixtures("own_section_only")
def test_an_import_is_in_force_once_another_person_approved_it(live: World, cast: dict[str, User]) -> None:
    tiered = {"input": Amount(Decimal("0.5"), ((200_000, Decimal(1)),)), "output": Amount(Decimal("1.6"))}
    changed = changes(found(offer(prices=tiered)))
    given = {"title": "Prices", "reason": "They rose.", "source": "command"}
    draft = catalog.propose(author=cast["author"], changes=changed, **given)
    proposal = proposals.submit(proposal=draft, actor=cast["author"])
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    release = applying.apply(proposal=proposal, actor=cast["author"])
    before, after = (price_from(price) for price in _prices_in(release))
    assert before.valid_to_us == after.valid_from_us
    assert after.bands == (Band((("input", 1_000_000_000),), above_input_tokens=200_000),)
    assert not found(offer(prices=tiered))


def _prices_in(release: Release) -> list[dict[str, Any]]:
    prices: list[dict[str, Any]] = json.loads(release.document)["deployments"][0]["prices"]
    return prices
