"""What the demo is made of: values only. Nothing here is real, and every price is invented."""

from dataclasses import dataclass

Ruling = tuple[str, list[str], str]  # decision, conditions, evidence

REGIONS = ("eu", "us")
COUNTRIES = {"eu": "IE", "us": "US"}
VERSION = "2026-01"
QUEUE = "default"
COMMON = ("streaming", "tools", "parallel_tools", "json_object", "json_schema", "seed")

DATA_CLASSES: tuple[tuple[str, int, list[str], str], ...] = (
    ("public", 0, [], "Published, or meant to be."),
    ("internal", 10, [], "For everyone who works here."),
    ("confidential", 20, ["personal"], "For those who need it; may hold personal data."),
    ("restricted", 30, ["personal", "health", "payment"], "For named people; no model is approved."),
)
# What confidential data requires of whoever gets it, and what meets that.
REQUIREMENTS = {"confidential": {"requires_no_training": True, "required_certifications": ["dpa"]}}
AGREEMENT = "DPA-7, annex 2 (invented)"


@dataclass(frozen=True, slots=True)
class DemoModel:
    """Prices are in USD per million tokens, as text so that they stay exact."""

    name: str
    tier: str
    context_window_tokens: int
    max_output_tokens: int
    input_usd: str
    output_usd: str
    capabilities: tuple[str, ...]
    description: str
    family: str = "demo"
    batch_factor: str = ""  # of its price, by its provider's own batches; "" where it takes none


MODELS = (
    DemoModel(
        "demo-economy", "small", 32_000, 2_048, "0.10", "0.40", COMMON, "Quick and cheap.", batch_factor="0.5"
    ),
    DemoModel("demo-workhorse", "standard", 128_000, 4_096, "1", "4", COMMON, "For most of the day's work."),
    DemoModel(
        "demo-frontier",
        "frontier",
        200_000,
        8_192,
        "5",
        "25",
        (*COMMON, "vision", "reasoning"),
        "For what the others can't do.",
    ),
    DemoModel(
        "demo-reviewer",
        "small",
        32_000,
        2_048,
        "0.15",
        "0.60",
        COMMON,
        "Of another family than the others, so it may check what they say.",
        family="demo-second",
    ),
    DemoModel(
        "demo-embedding",
        "small",
        8_192,
        1,
        "0.02",
        "0",
        ("embeddings",),
        "Vectors of texts; it says nothing.",
        batch_factor="0.5",
    ),
)

# By data class, for every deployment; then what holds for one alone.
PUBLIC: Ruling = ("approved", [], "Demo: public data may go anywhere.")
INTERNAL: Ruling = ("approved", [], "Demo: agreement DPA-7, annex 2.")
EVERYWHERE = {"public": PUBLIC, "internal": INTERNAL}
CONFIDENTIAL_EU: Ruling = ("approved", [], "Demo: assessment TIA-12; stays in the EU.")
EXCEPTIONS: dict[tuple[str, str, str], Ruling] = {
    ("demo-economy", "confidential", "eu"): CONFIDENTIAL_EU,
    ("demo-workhorse", "confidential", "eu"): CONFIDENTIAL_EU,
    ("demo-embedding", "confidential", "eu"): CONFIDENTIAL_EU,
    ("demo-frontier", "confidential", "eu"): (
        "conditional",
        ["no_tools", "application:helpdesk"],
        "Demo: the helpdesk alone, and without tools, until the review of TIA-19.",
    ),
    ("demo-workhorse", "restricted", "eu"): ("denied", [], "Demo: ruled out by the works council."),
}


def cells(model: str, region: str) -> list[tuple[str, str, list[str], str]]:
    """(data class, decision, conditions, evidence) for one deployment; what is absent is denied."""
    found = [(name, *cell) for name, cell in EVERYWHERE.items()]
    found += [
        (name, *cell)
        for (which, name, where), cell in EXCEPTIONS.items()
        if (which, where) == (model, region)
    ]
    return found


def upstream_id(model: str) -> str:
    return f"{model}-{VERSION}"


# Rules as people write them: name, conditions, route (routing.core.notation).
STANDARD_RULES = (
    ("vectors", "operation in embeddings", "model demo-embedding places 2"),
    (
        "confidential-stays-in-europe",
        "data_class at_least confidential",
        "model demo-workhorse region eu\nmodel demo-frontier region eu\nmodel demo-economy region eu",
    ),
    ("cheap-tasks", "task in extract, classify, translate", "model demo-economy\nmodel demo-workhorse"),
    ("hard-tasks", "task in code, analysis", "model demo-frontier\nmodel demo-workhorse"),
    ("long-prompts", "input_tokens at_least 8000", "model demo-workhorse\nmodel demo-frontier"),
    (
        "everything-else",
        "",
        "fallback on error, timeout, rate_limit, context_overflow, breaker_open\n"
        "  balance by weight\n"
        "    3: model demo-economy\n"
        "    1: model demo-workhorse\n"
        "  model demo-workhorse\n"
        "  model demo-frontier",
    ),
)
THRIFTY_RULES = (("economy-only", "", "model demo-economy"),)

# Whose week is recorded beside that of the applications that the demo prints keys of: team, name, purpose.
APPLICATIONS = (
    ("demo-insurance", "claims", "Reads claim forms and sorts them by urgency."),
    ("demo-legal", "contracts", "Sums contracts up and compares their clauses."),
)
