"""What tiers save: `python -m bench savings`.

A million requests of a day, all on a frontier model, against 60 % economy, 30 % workhorse and 10 % frontier;
each priced by the code that bills (routing.core.cost), at list prices of PRICED_ON. The published example is
the same arithmetic at other prices; figures of your own come from your price rows and your traffic.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from routing.core.cost import Use, cost
from routing.core.release import Price

REQUESTS = 1_000_000
SEED = 2_026
NANO_PER_USD = 1_000_000_000
PRICED_ON = "2024-11-01"
SHARES = {"economy": 0.6, "workhorse": 0.3, "frontier": 0.1}
ESCALATED = (0.0, 0.05, 0.15)  # of the cheaper tiers' answers, those that the frontier model has to repeat


@dataclass(frozen=True, slots=True)
class Tier:
    model: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float

    @property
    def price(self) -> Price:
        return Price(
            id=self.model,
            sha256="",
            valid_from_us=0,
            valid_to_us=None,
            input_nano_per_mtok=round(self.input_usd_per_mtok * NANO_PER_USD),
            output_nano_per_mtok=round(self.output_usd_per_mtok * NANO_PER_USD),
        )


TIERS = {
    "economy": Tier("gpt-4o-mini-2024-07-18", 0.15, 0.6),
    "workhorse": Tier("claude-3-5-haiku-20241022", 0.8, 4),
    "frontier": Tier("claude-3-5-sonnet-20241022", 3, 15),
}
# Tokens in and out, as (median, spread) of a lognormal: easy requests are shorter.
SIZES = {
    "economy": ((400, 0.5), (120, 0.5)),
    "workhorse": ((900, 0.6), (300, 0.6)),
    "frontier": ((2_000, 0.7), (700, 0.6)),
}
ONE_SIZE = (1_000, 300)
STEP_TOKENS = 10  # sizes are rounded to this, so that equal requests are priced once

Sizes = Counter[tuple[int, int]]


def traffic(requests: int, seed: int) -> Mapping[str, Sizes]:
    """How many requests of each size each tier is to take."""
    draw = random.Random(seed)
    found: dict[str, Sizes] = {name: Counter() for name in SHARES}
    for tier in draw.choices(list(SHARES), weights=list(SHARES.values()), k=requests):
        into, out = (_tokens(draw, *size) for size in SIZES[tier])
        found[tier][into, out] += 1
    return found


def cost_nano(sizes: Sizes, price: Price) -> int:
    return sum(
        count * cost(price, Use(input_tokens=into, output_tokens=out), at_us=0).nano
        for (into, out), count in sizes.items()
    )


def _tokens(draw: random.Random, median: int, spread: float) -> int:
    return max(STEP_TOKENS, round(median * draw.lognormvariate(0, spread) / STEP_TOKENS) * STEP_TOKENS)


def of_one_size(requests: int) -> Mapping[str, Sizes]:
    """As published examples have it: every request alike."""
    return {name: Counter({ONE_SIZE: round(requests * share)}) for name, share in SHARES.items()}


def report(title: str, requests: Mapping[str, Sizes]) -> None:
    frontier = TIERS["frontier"].price
    by_tier = {name: cost_nano(sizes, TIERS[name].price) for name, sizes in requests.items()}
    on_frontier = {name: cost_nano(sizes, frontier) for name, sizes in requests.items()}
    before = sum(on_frontier.values())
    print(f"\n{title}\n")
    print("| tier | model | requests | tokens in | tokens out | USD a day | on the frontier model |")
    print("|---|---|---|---|---|---|---|")
    for name, sizes in requests.items():
        into = sum(count * size[0] for size, count in sizes.items())
        out = sum(count * size[1] for size, count in sizes.items())
        print(
            f"| {name} | {TIERS[name].model} | {sizes.total():,} | {into:,} | {out:,} "
            f"| {_usd(by_tier[name])} | {_usd(on_frontier[name])} |"
        )
    print(f"\nAll on the frontier model: {_usd(before)} USD a day.")
    cheaper = sum(on_frontier[name] for name in SHARES if name != "frontier")
    for escalated in ESCALATED:
        after = sum(by_tier.values()) + round(escalated * cheaper)
        print(
            f"In tiers, {escalated:.0%} of the cheaper answers repeated on it: {_usd(after)} USD a day, "
            f"{1 - after / before:.1%} less, {_usd(365 * (before - after))} USD a year."
        )


def _usd(nano: int) -> str:
    return f"{nano / NANO_PER_USD:,.2f}"


def main() -> int:
    print(f"{REQUESTS:,} requests a day, at list prices of {PRICED_ON}.")
    into, out = ONE_SIZE
    report(f"Every request alike, {into:,} tokens in and {out:,} out:", of_one_size(REQUESTS))
    report("Easy requests shorter than hard ones, drawn:", traffic(REQUESTS, SEED))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
