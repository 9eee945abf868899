"""The benchmarks of routing: their arithmetic, and that they skip where the data is absent."""

from pathlib import Path

import pytest

from bench import router, router_data, savings
from evaluation.core.outcomes import Pair

PAIRS = [Pair(str(at), "", "", float(at % 2), 1.0, 1, 9) for at in range(40)]


def test_a_score_that_says_nothing_recovers_half_and_one_that_knows_more():
    assert router.apgr([at // 2 for at in range(40)], PAIRS) == pytest.approx(0.5)
    assert router.apgr([1 - at % 2 for at in range(40)], PAIRS) == pytest.approx(0.75)
    assert router.calls_for(0.8, [1 - at % 2 for at in range(40)], PAIRS) == pytest.approx(0.4)


def test_without_the_data_the_benchmark_says_why_it_skips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("SIGNALBOX_ROUTERDATA", str(tmp_path))
    assert router.main() == 0
    assert capsys.readouterr().out.startswith("skipped: ")


def test_tiers_are_priced_as_a_charge_is():
    requests = savings.of_one_size(1_000_000)
    dear = sum(savings.cost_nano(sizes, savings.TIERS["frontier"].price) for sizes in requests.values())
    assert dear == 7_500 * savings.NANO_PER_USD
    tiers = {name: savings.cost_nano(sizes, savings.TIERS[name].price) for name, sizes in requests.items()}
    assert tiers == {"economy": 198 * 10**9, "workhorse": 600 * 10**9, "frontier": 750 * 10**9}


def test_traffic_is_the_same_each_time():
    assert savings.traffic(500, 1) == savings.traffic(500, 1)
    assert sum(sizes.total() for sizes in savings.traffic(500, 1).values()) == 500


def test_an_item_is_trained_on_or_tested_on_by_its_digest():
    assert {router_data.is_for_training(str(at)) for at in range(20)} == {True, False}
