"""Real graded answers for `python -m bench router`: where they are, and how they are read.

The folder is SIGNALBOX_ROUTERDATA, or `../shared/routerdata` beside the checkout. It has its own licences and
is no part of the project.
"""

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.core.graders import comparable
from evaluation.core.outcomes import Outcome, Pair

ROOT = Path(__file__).resolve().parents[1]
PAIR_FILE, ITEMS_FILE, OUTCOMES_FILE = (
    "routellm_gpt4_mixtral.parquet",
    "zeroeval_items.parquet",
    "zeroeval_outcomes.parquet",
)
STRONG_NANO, WEAK_NANO = 24_700_000_000, 240_000_000  # per call, as the paper has it
CHARS_PER_TOKEN_IN, CHARS_PER_TOKEN_OUT, EXTRA_TOKENS_IN = 4.0, 3.6, 20
# USD per million tokens in and out, as the providers listed them when the answers were given.
PRICES_USD_PER_MTOK = {
    "gpt-4o-mini-2024-07-18": (0.15, 0.6),
    "gpt-4o-2024-08-06": (2.5, 10),
    "claude-3-haiku-20240307": (0.25, 1.25),
    "claude-3-5-haiku-20241022": (0.8, 4),
    "claude-3-5-sonnet-20241022": (3, 15),
    "claude-3-opus-20240229": (15, 75),
    "gemini-1.5-flash": (0.075, 0.3),
    "gemini-1.5-pro": (1.25, 5),
    "Meta-Llama-3.1-8B-Instruct": (0.18, 0.18),
    "Meta-Llama-3.1-70B-Instruct": (0.88, 0.88),
    "Llama-3.1-405B-Inst@sambanova": (3.5, 3.5),
    "gpt-3.5-turbo-0125": (0.5, 1.5),
    "deepseek-v2.5-0908": (0.14, 0.28),
    "Mistral-Large-2": (2, 6),
}


@dataclass(frozen=True, slots=True)
class Graded:
    """One question of the pair file, and what it is about."""

    pair: Pair
    subject: str


def folder() -> Path:
    given = os.environ.get("SIGNALBOX_ROUTERDATA")
    return Path(given) if given else ROOT.parent / "shared" / "routerdata"


def reason_to_skip() -> str:
    """ "" where everything that the benchmark needs is there."""
    if importlib.util.find_spec("pyarrow") is None or importlib.util.find_spec("numpy") is None:
        return "pyarrow and numpy are needed: pip install 'signalbox[bench]'"
    if not (folder() / PAIR_FILE).exists():
        return f"there is no {PAIR_FILE} in {folder()}; SIGNALBOX_ROUTERDATA names the folder"
    return ""


def graded(benchmark: str) -> list[Graded]:
    """The questions of `benchmark` (mmlu, gsm8k, mt_bench) that are not contaminated, in the file's order."""
    rows = _rows(PAIR_FILE)
    return [
        Graded(
            Pair(
                key=f"{at:05d}",
                text=row["prompt"],
                task=benchmark,
                weak=row["weak_score"],
                strong=row["strong_score"],
                weak_cost_nano=WEAK_NANO,
                strong_cost_nano=STRONG_NANO,
            ),
            row["subject"] or "",
        )
        for at, row in enumerate(rows)
        if row["benchmark"] == benchmark and not row["contaminated"]
    ]


def zeroeval() -> dict[bool, list[Outcome]]:
    """Priced models' answers, of the items to train on (True) and to test on (False)."""
    chars = {row["item_id"]: row["in_chars"] for row in _rows(ITEMS_FILE)}
    found: dict[bool, list[Outcome]] = {True: [], False: []}
    for row in _rows(OUTCOMES_FILE):
        if row["model"] in PRICES_USD_PER_MTOK:
            cost = cost_nano(row["model"], chars[row["item_id"]], row["out_chars"] or 0)
            outcome = Outcome(
                row["item_id"],
                row["model"],
                float(row["correct"]),
                cost,
                comparable(str(row["answer_key"] or "")),
            )
            found[is_for_training(row["item_id"])].append(outcome)
    return found


def zeroeval_pairs(weak: str, strong: str) -> list[Pair]:
    """Every question that both models answered, with its task."""
    found = zeroeval()
    outcomes = {(each.item, each.model): each for part in found.values() for each in part}
    return [
        Pair(
            key=row["item_id"],
            text=row["prompt"],
            task=row["task"],
            weak=outcomes[row["item_id"], weak].quality,
            strong=outcomes[row["item_id"], strong].quality,
            weak_cost_nano=outcomes[row["item_id"], weak].cost_nano,
            strong_cost_nano=outcomes[row["item_id"], strong].cost_nano,
        )
        for row in _rows(ITEMS_FILE)
        if (row["item_id"], weak) in outcomes and (row["item_id"], strong) in outcomes
    ]


def is_for_training(item: str) -> bool:
    return hashlib.sha256(item.encode()).digest()[-1] % 2 == 0


def cost_nano(model: str, in_chars: float, out_chars: float) -> int:
    into, out = PRICES_USD_PER_MTOK[model]
    tokens_in = in_chars / CHARS_PER_TOKEN_IN + EXTRA_TOKENS_IN
    return round((tokens_in * into + out_chars / CHARS_PER_TOKEN_OUT * out) * 1_000)


def _rows(name: str) -> list[dict[str, Any]]:
    from pyarrow import parquet

    rows: list[dict[str, Any]] = parquet.read_table(folder() / name).to_pylist()
    return rows
