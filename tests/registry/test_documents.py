"""Configurations as files: out, in again, and exactly the same."""

import json

import pytest
from registry_cast import World, make_deployment

from registry import documents
from registry.core.configuration import DocumentInvalid
from registry.governed import kinds, read_state
from registry.models import Deployment
from routing.models import Policy
from routing.services import policies

RULES = (
    ("eu", "task in extract\ndata_class at_most public", "model gpt\nmodel other"),
    ("never", "tag in secret", "refuse"),
    ("rest", "", "balance by weight\n  3: model gpt\n  1: model other"),
)


@pytest.fixture
def configured(world: World) -> World:
    make_deployment("gpt-us", capabilities=[], region="no", weight=7)
    policy = policies.save(policy=Policy(name="standard", applications=["invoices"]), actor=None)
    policies.replace_rules(policy=policy, rules=[policies.RuleText(*rule) for rule in RULES], actor=None)
    for rule in policy.rules.all():
        rule.position *= 10
        rule.save()
    return world


def through(form: str) -> object:
    return documents.parse(documents.dump(documents.export(), form))


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_and_read_again_changes_nothing(configured: World, form: str) -> None:
    assert not documents.changes_of(through(form))


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_equal_configurations_have_equal_texts(configured: World, form: str) -> None:
    text = documents.dump(documents.export(), form)
    assert documents.dump(documents.parse(text), form) == text


def test_every_governed_kind_has_a_section_with_a_natural_key(configured: World) -> None:
    schema = documents.schema()
    assert {section.kind for section in schema.sections} == {kind.label for kind in kinds()}
    state, held = read_state(), documents.export()
    for section in schema.sections:
        depth, rows = schema.key_length(section), [held[section.name]]
        for _ in range(depth):
            rows = [row for parent in rows for row in parent.values()]
        assert len(rows) == len(state[section.kind]), section.name


def test_a_change_in_the_file_is_a_change_of_that_field(configured: World) -> None:
    document = through("yaml")
    document["deployments"]["gpt-eu"]["timeout_s"] = 30
    (change,) = documents.changes_of(document)
    assert (change.kind, change.id) == ("registry.deployment", str(configured.deployment.pk))
    assert (change.before, change.after) == ({"timeout_s": 60}, {"timeout_s": 30})


def test_rules_that_change_places_are_all_that_changes(configured: World) -> None:
    document = through("yaml")
    rules = document["rules"]["standard"]
    document["rules"]["standard"] = {name: rules[name] for name in ("never", "eu", "rest")}
    (change,) = documents.changes_of(document)
    assert change.after == {"position": 11}


def test_a_new_row_and_what_refers_to_it_come_together(configured: World) -> None:
    document = through("json")
    document["providers"]["mistral"] = {"jurisdictions": ["FR"]}
    document["deployments"]["gpt-fr"] = {**document["deployments"]["gpt-eu"], "provider": "mistral"}
    created = {change.kind: change for change in documents.changes_of(document)}
    assert set(created) == {"registry.provider", "registry.deployment"}
    assert created["registry.deployment"].after["provider"] == created["registry.provider"].id


def test_what_a_section_leaves_out_is_removed_and_other_sections_stay(configured: World) -> None:
    document = {"signalbox": 1, "rules": {"standard": {}}}
    assert {(change.kind, change.op) for change in documents.changes_of(document)} == {
        ("routing.rule", "delete")
    }


def test_a_price_keeps_its_id_however_its_time_is_written(configured: World) -> None:
    document = through("yaml")
    ((moment, price),) = document["prices"]["gpt-eu"].items()
    document["prices"]["gpt-eu"] = {moment.replace("+00:00", "Z"): price}
    assert not documents.changes_of(document)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("signalbox",), 2, "signalbox: say"),
        (("deplyments",), {}, "deplyments: there is no such section"),
        (("deployments", "gpt-eu", "timeouts"), 1, "deployments.gpt-eu.timeouts: there is no such field"),
        (
            ("deployments", "gpt-eu", "timeout_s"),
            "60",
            "deployments.gpt-eu.timeout_s: must be a whole number",
        ),
        (("deployments", "gpt-eu", "enabled"), 1, "deployments.gpt-eu.enabled: must be true or false"),
        (
            ("deployments", "gpt-eu", "provider"),
            "nobody",
            "deployments.gpt-eu.provider: there is no “nobody”",
        ),
        (("deployments", "gpt-eu", "version"), "gpt", "deployments.gpt-eu.version: there is no “gpt”"),
        (("deployments", "gpt-eu", "quirks"), [0.5], "deployments.gpt-eu.quirks: no canonical form"),
        (("rules", "standard", "eu", "route"), "modell gpt", "rules.standard.eu.route: Line 1"),
        (("rules", "standard", "eu"), [], "rules.standard.eu: must be a mapping"),
        (("rules", 7), {}, "rules.7: names are text"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    configured: World, path: tuple[str, ...], value: object, said: str
) -> None:
    document = through("json")
    under = document
    for part in path[:-1]:
        under = under[part]
    under[path[-1]] = value
    with pytest.raises(DocumentInvalid) as refused:
        documents.changes_of(document)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x", "a: 1\na: 2", "a: [", "!!python/object/apply:os.system [ls]", "x" * 5_000_000],
)
def test_a_text_that_does_more_than_say_is_refused(text: str) -> None:
    with pytest.raises(DocumentInvalid):
        documents.parse(text)


def test_an_earlier_release_can_be_written_too(configured: World) -> None:
    before = json.loads(json.dumps(read_state()))
    Deployment.objects.update(weight=9)
    assert documents.export(before) != documents.export()
