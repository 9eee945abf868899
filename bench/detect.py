"""What detection costs: `python -m bench detect`.

Prints microseconds of the thread's own CPU for each KiB, of the quietest of ROUNDS rounds: for texts that
hold nothing, which most do, and for texts that hold much. Exits with 1 where plain English misses MARK_US.
"""

import time
from collections.abc import Callable

from routing.detection.catalogue import DETECTORS
from routing.detection.finding import Kind
from routing.detection.scanner import Scanner

MARK_US = 40.0
ROUNDS = 15
KIB_PER_ROUND = 512
PROSE = (
    "The quick brown fox jumps over the lazy dog; we met in 2024 at 10:30, paid 12.50 and left with Anna's "
    "list: risk-free tasks, each with a key question and its answer. "
)
TEXTS = {
    "English prose": PROSE,
    "German prose": "Über den Wolken muß die Freiheit wohl grenzenlos sein, sagte sie in der Tür. ",
    "Chinese prose": "今天天气很好,我们一起去公园散步吧。然后回家吃饭,看书,睡觉。",
    "program text": "def total(rows: list[int], key: str = 'x') -> int:\n    return sum(rows)\n",
    "table of figures": "2024-01-02 10:22:33; 1234.56; 99; 17 ; 1001 ; 4500000\n",
    "full of findings": "jane@example.com, +1 415 555 0132, 4111 1111 1111 1111, DE89370400440532013000. ",
}


def us_per_kib(work: Callable[[str], object], text: str) -> float:
    size_kib = len(text.encode()) / 1024
    calls = max(1, round(KIB_PER_ROUND / size_kib))
    return min(_round(work, text, calls) for _ in range(ROUNDS)) / size_kib


def _round(work: Callable[[str], object], text: str, calls: int) -> float:
    began = time.thread_time_ns()
    for _ in range(calls):
        work(text)
    return (time.thread_time_ns() - began) / calls / 1_000


def main() -> int:
    everything = Scanner(DETECTORS)
    columns = {
        "all": everything,
        **{
            kind.value: Scanner(name for name, known in DETECTORS.items() if known.kind is kind)
            for kind in (Kind.PERSONAL, Kind.PAYMENT, Kind.SECRET, Kind.HEALTH)
        },
    }
    print(f"{'microseconds for each KiB':<28}" + "".join(f"{name:>10}" for name in columns))
    for name, sentence in TEXTS.items():
        for size in (1, 16):
            text = sentence * (size * 1024 // len(sentence.encode()) + 1)
            took = [us_per_kib(scanner.scan, text) for scanner in columns.values()]
            print(f"{f'{name}, {size} KiB':<28}" + "".join(f"{us:>10.1f}" for us in took))
    measured = us_per_kib(everything.scan, PROSE * 8)
    met = measured < MARK_US
    print(
        f"\nmark: under {MARK_US} µs for English prose; measured {measured:.1f}: {'met' if met else 'missed'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
