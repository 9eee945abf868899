"""Writes the configuration of the stack's tests, as an administrator would, and prints the keys as JSON.

Run by tests/stack.py in the stack's own environment, with the base URL of the provider as argument.

models     echo (does everything), plain (text alone), spare (echo's fallback), remote (a queue of no worker),
           faulty-1 to faulty-8 (as echo: let these fail, so that no breaker opens for the others),
           spread (as echo, in two places),
           frail (as echo, given up after a second of silence),
           shelved, removed (as echo, for whoever takes them away),
           bulk (as echo, whose provider's batches cost half), bulk-two, bulk-three (as bulk, in Anthropic's
           and Gemini's words: by batches alone, since the provider does not speak them otherwise),
           bulk-embed (as embed and bulk),
           embed, judge, painter, ear, mouth (each does one operation other than chat),
           those of tests/stack_patterns.py, each of its own family and provider
classes    public, internal, confidential (echo and plain are approved for these), restricted (no model is),
           kept (content is stored; the members of patterns are approved)
policies   standard (the default), resilient (faulty-1, then spare), brisk (a deadline of 8 s),
           hasty (faulty-2, a deadline of 2 s),
           one for each pattern of several models (tests/stack_patterns.py),
           sheltered (frail once, then spare), exposed (frail once, and nobody else),
           lenient (what a model can't take is only reported), guarded (for the application `helpdesk` alone),
           sorted-out (what is not chat, by rules, each through an experiment),
           cached (answers are given again), joined (only to who asks the same at the same moment),
           near (near questions are compared), shelved and removed (as cached, each with a model of its own)
tasks      weigh (an answer with an amount), with the prompt weigh@1, a variant for the family `demo`, and @2
keys       main, strict (no default class), public, chat_only, poor (a budget of next to nothing),
           slow and slow_cached (2 a minute, each for one test), other (of the application `helpdesk`),
           expired, revoked
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from billing.models import Budget  # noqa: E402
from billing.services import budgets  # noqa: E402
from registry.models import (  # noqa: E402
    ApiKey,
    Application,
    DataClass,
    Deployment,
    Model,
    ModelVersion,
    Price,
    Provider,
    Team,
    User,
)
from registry.services import consumers, keys, matrix, prices  # noqa: E402
from routing.models import (  # noqa: E402
    OutputField,
    Policy,
    PromptMessage,
    PromptTemplate,
    PromptVariable,
    Task,
)
from routing.services import policies  # noqa: E402
from tests import stack_patterns  # noqa: E402
from tests.governance import seeded, set_quorums, ungoverned  # noqa: E402

EVERYTHING = [
    *("streaming", "tools", "parallel_tools", "json_object", "json_schema", "seed", "vision", "logprobs"),
    *("reasoning", "audio"),
]
CLASSES = (("public", 0), ("internal", 10), ("confidential", 20), ("restricted", 30), ("kept", 5))
APPROVED = ("public", "internal", "confidential")
PRICES_FROM = datetime(2026, 1, 1, tzinfo=UTC)
FAULTY = tuple(f"faulty-{number}" for number in range(1, 9))
MODELS: tuple[tuple[str, list[str], str], ...] = (
    ("echo", EVERYTHING, "default"),
    ("plain", ["streaming"], "default"),
    ("spare", EVERYTHING, "default"),
    ("remote", EVERYTHING, "elsewhere"),
    *((name, EVERYTHING, "default") for name in (*FAULTY, "frail", "shelved", "removed", "spread")),
    ("embed", ["embeddings"], "default"),
    ("judge", ["moderations", "vision"], "default"),
    ("painter", ["images"], "default"),
    ("ear", ["transcriptions"], "default"),
    ("mouth", ["speech"], "default"),
    ("bulk", EVERYTHING, "default"),
    ("bulk-two", EVERYTHING, "default"),
    ("bulk-three", EVERYTHING, "default"),
    ("bulk-embed", ["embeddings"], "default"),
)
TOKENS = {
    "input_usd_per_mtok": Decimal(1),
    "output_usd_per_mtok": Decimal(4),
    "audio_input_usd_per_mtok": Decimal(1),
    "audio_output_usd_per_mtok": Decimal(4),
}
HALF = {**TOKENS, "bands": [{"batch": True, "factor": "0.5"}]}
PRICES: dict[str, dict[str, Any]] = {  # others are sold by TOKENS
    "painter": {"pictures": [{"size": "", "quality": "", "usd": "0.04"}]},
    "ear": {"audio_usd_per_hour": Decimal("3.6")},
    "mouth": {"characters_usd_per_mchar": Decimal(15)},
    "bulk": HALF,
    "bulk-two": HALF,
    "bulk-three": HALF,
    "bulk-embed": HALF,
    **{name: stack_patterns.price(name) for name in stack_patterns.MEMBERS},
}
TIMEOUT_S = {"frail": 1}
PLACES = {"spread": ("eu", "eu-2")}
QUIRKS = {name: ["provider_batches"] for name in ("bulk", "bulk-two", "bulk-three", "bulk-embed")}
DIALECTS = {"bulk-two": "anthropic", "bulk-three": "gemini"}
PATHS = {"bulk-three": "/v1beta"}  # others are at /v1
ASKED_FOR = tuple(
    (f"asked-{name}", f"requested in {name}", f"model {name}")
    for name in ("echo", "plain", "remote", "bulk", "bulk-two", "bulk-three", *FAULTY)
)
OPERATIONS = (
    ("bulk-vectors", "requested in bulk-embed", "model bulk-embed"),
    ("vectors", "operation in embeddings", "model embed"),
    ("verdicts", "operation in moderations", "model judge"),
    ("pictures", "operation in images", "model painter"),
    ("transcripts", "operation in transcriptions", "model ear"),
    ("voices", "operation in speech", "model mouth"),
)
POLICIES: tuple[tuple[str, dict[str, Any], tuple[tuple[str, str, str], ...]], ...] = (
    (
        "standard",
        {},
        (("forbidden", "task in forbidden", "refuse"), *OPERATIONS, *ASKED_FOR, ("rest", "", "model echo")),
    ),
    ("resilient", {}, (("all", "", "model faulty-1\nmodel spare"),)),
    ("brisk", {"deadline_s": 8}, (("all", "", "model echo"),)),
    ("hasty", {"deadline_s": 2, "max_attempts_per_call": 1}, (("all", "", "model faulty-2"),)),
    ("sheltered", {"max_attempts_per_call": 1}, (("all", "", "model frail\nmodel spare"),)),
    ("exposed", {"max_attempts_per_call": 1}, (("all", "", "model frail"),)),
    ("lenient", {"unsupported": "warn"}, (("all", "", "model echo"),)),
    ("guarded", {"applications": ["helpdesk"]}, (("all", "", "model echo"),)),
    ("sorted-out", {}, (("all", "operation in embeddings, moderations, speech", stack_patterns.OTHERS),)),
    ("cached", {"cache": "exact", "cache_joins": True}, (("all", "", "model echo"),)),
    ("near", {"cache": "semantic_shadow"}, (("all", "", "model third"),)),
    ("shelved", {"cache": "exact"}, (("all", "", "model shelved"),)),
    ("removed", {"cache": "exact"}, (("all", "", "model removed"),)),
    ("joined", {"cache_joins": True, "cache_sampled": True}, (("all", "", "model echo"),)),
    *((name, stack_patterns.OPTIONS, (("all", "", route),)) for name, route in stack_patterns.ROUTES.items()),
)


def main(base_url: str) -> None:
    actor = User.objects.create_superuser("root", "root@example.com", "a-password-of-tests")
    seeded(actor, lambda: configure(actor, base_url))
    classes = {row.name: row for row in DataClass.objects.all()}
    with ungoverned():  # what they are cleared for would take a proposal for each, from now on
        json.dump(make_keys(actor, classes), sys.stdout)


def configure(actor: User, base_url: str) -> None:
    """What is governed. Nobody has to agree to later changes: the tests have nobody else."""
    set_quorums(0)
    classes = {
        name: saved(DataClass(name=name, rank=rank, store_content=name == "kept"), actor)
        for name, rank in CLASSES
    }
    provider = saved(Provider(name="demo", legal_entity="Demo", jurisdictions=["IE"]), actor)
    for name, capabilities, queue in MODELS:
        deploy(actor, provider, classes, name, capabilities, queue, base_url)
    for name in stack_patterns.MEMBERS:
        owner = saved(Provider(name=f"of-{name}", legal_entity="Demo", jurisdictions=["IE"]), actor)
        deploy(actor, owner, classes, name, EVERYTHING, "default", base_url, family=f"family-{name}")
    for name, options, rules in POLICIES:
        policy = policies.save(policy=Policy(name=name, **options), actor=actor)
        policies.replace_rules(policy=policy, rules=[policies.RuleText(*rule) for rule in rules], actor=actor)
    prompted(actor)


def prompted(actor: User) -> None:
    """A task whose answer is brought to its schema, and two versions of its prompt, the second a preview."""
    schema = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}
    task = saved(Task(name="weigh", output_schema=json.dumps(schema)), actor)
    saved(OutputField(task=task, key="amount", names=["total"]), actor)
    for version in (1, 2):
        template = saved(PromptTemplate(name="weigh", version=version, task=task, preview=version > 1), actor)
        saved(PromptVariable(template=template, name="amount", max_length=100), actor)
        for family, text in (("", "nobody gets this: {{amount}}"), ("demo", 'so {"total": "{{amount}}"}')):
            saved(PromptMessage(template=template, family=family, role="user", content=text), actor)


def deploy(
    actor: User,
    provider: Provider,
    classes: dict[str, DataClass],
    name: str,
    capabilities: list[str],
    queue: str,
    base_url: str,
    family: str = "demo",
) -> None:
    model = saved(
        Model(
            name=name,
            family=family,
            capabilities=capabilities,
            context_window_tokens=128_000,
            max_output_tokens=4096,
            image_tokens_bound=1000,
        ),
        actor,
    )
    version = saved(ModelVersion(model=model, name="1", upstream_id=f"{name}-1", lifecycle="approved"), actor)
    for place in PLACES.get(name, ("eu",)):
        serve(actor, provider, classes, version, f"{name}-{place}", queue, base_url)


def serve(
    actor: User,
    provider: Provider,
    classes: dict[str, DataClass],
    version: ModelVersion,
    place: str,
    queue: str,
    base_url: str,
) -> None:
    name = version.model.name
    deployment = saved(
        Deployment(
            name=place,
            version=version,
            provider=provider,
            region="eu",
            base_url=base_url.removesuffix("/v1") + PATHS.get(name, "/v1"),
            dialect=DIALECTS.get(name, "openai"),
            queue=queue,
            timeout_s=TIMEOUT_S.get(name, 30),
            quirks=QUIRKS.get(name, []),
        ),
        actor,
    )
    for data_class in stack_patterns.APPROVED[name] if name in stack_patterns.MEMBERS else APPROVED:
        matrix.decide(
            actor=actor,
            deployment=deployment,
            data_class=classes[data_class],
            decision="approved",
            evidence="Tests.",
        )
    price = Price(
        deployment=deployment,
        valid_from=PRICES_FROM,
        source="Tests.",
        **PRICES.get(name, TOKENS),
    )
    prices.add(actor=actor, price=price)


def make_keys(actor: User, classes: dict[str, DataClass]) -> dict[str, str]:
    team = saved(Team(name="crew"), actor)
    main_app, poor_app, other_app = (
        saved(Application(team=team, name=name), actor) for name in ("main", "poor", "helpdesk")
    )
    confidential, public = classes["confidential"], classes["public"]
    defaults = {"application": main_app, "clearance": confidential, "default_data_class": public}
    wanted: dict[str, dict[str, Any]] = {
        "main": {},
        "strict": {"default_data_class": None},
        "public": {"clearance": public},
        "chat_only": {"scopes": ["chat"]},
        "poor": {"application": poor_app},
        "slow": {"requests_per_min": 2},
        "slow_cached": {"requests_per_min": 2},
        "other": {"application": other_app},
        "expired": {"expires_at": timezone.now() + timedelta(milliseconds=1)},
        "revoked": {},
    }
    rows = [ApiKey(name=name, **{**defaults, **options}) for name, options in wanted.items()]
    made = dict(zip(wanted, consumers.new_keys(actor=actor, wanted=rows)[0], strict=True))
    keys.revoke(actor=actor, key=made["revoked"].key)
    small = Budget(name="small", application=poor_app, window="month", limit_usd=Decimal("0.000001"))
    budgets.save(budget=small, actor=actor)
    beside = Budget(name="beside", experiment="thrifty", window="month", limit_usd=Decimal("0.000001"))
    budgets.save(budget=beside, actor=actor)
    large = Budget(name="large", team=team, window="month", limit_usd=Decimal(100_000))
    budgets.save(budget=large, actor=actor)
    return {name: created.token for name, created in made.items()}


def saved(row: Any, actor: User) -> Any:
    row._history_user = actor
    row.full_clean()
    row.save()
    return row


if __name__ == "__main__":
    main(sys.argv[1])
