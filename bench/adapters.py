"""What adapters cost beside the providers' own clients reading the same bytes: `python bench/adapters.py`.

Prints microseconds of CPU for `prepare`, for `parse` of a whole answer, and for each of the 200 events of a
stream, fed one at a time. A client's figures are of its parsing alone. Of ROUNDS rounds the fastest counts,
so that what else the machine does is not measured. Exits with 1 where our reading is not as many times
cheaper as it should be.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import official
from bench.adapter_bytes import ANSWERS, Answer
from routing import adapters
from routing.adapters.contract import Adapter, Target

MARK = 5
MARKS = {"botocore": 1}  # it makes plain dicts, and the typed part is left to who calls it
ROUNDS = 7
ROUND_S = 0.08
ASKED = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be brief and answer in English."},
        {"role": "user", "content": "Summarise this in one sentence: the train left the station at noon."},
    ],
    "temperature": 0.2,
    "max_tokens": 400,
}
BASES = {"bedrock": "https://bedrock-runtime.eu-west-1.amazonaws.com"}


def fastest_us(call: Callable[[], object]) -> float:
    call()
    best = float("inf")
    for _ in range(ROUNDS):
        count, started = 0, time.thread_time()
        while (spent := time.thread_time() - started) < ROUND_S:
            call()
            count += 1
        best = min(best, spent / count * 1e6)
    return best


def streamed(adapter: Adapter, answer: Answer) -> None:
    parser = adapter.stream()
    done = sum(delta.done for piece in answer.stream for delta in parser.feed(piece))
    if done + sum(delta.done for delta in parser.close()) != 1:
        sys.exit(f"{adapter.name}: the stream did not come to its end")


def measure(dialect: str) -> tuple[str, bool]:
    """(a row of the table, whether the mark is met)."""
    answer = ANSWERS[dialect]()
    adapter = adapters.get(dialect)
    target = Target(BASES.get(dialect, "https://provider.test/v1"), "gpt-4o", 512, "key")
    events = len(answer.stream)
    prepared = fastest_us(lambda: adapter.prepare(ASKED, target, stream=False))
    ours = (
        fastest_us(lambda: adapter.parse(200, {}, answer.whole)),
        fastest_us(lambda: streamed(adapter, answer)) / events,
    )
    row = f"| {dialect} | {prepared:.1f} | {ours[0]:.1f} | {ours[1]:.1f} |"
    client = official.reader(dialect)
    if client is None:
        package = official.CLIENTS[dialect]
        why = "not compared" if official.installed(package) else "not installed"
        return f"{row} {package}: {why} | | |", True
    package, read_whole, read_stream = client
    theirs = fastest_us(lambda: read_whole(answer)), fastest_us(lambda: read_stream(answer)) / events
    ratios = theirs[0] / ours[0], theirs[1] / ours[1]
    row += f" {package} | {theirs[0]:.1f} ({ratios[0]:.1f}x) | {theirs[1]:.1f} ({ratios[1]:.1f}x) |"
    return row, min(ratios) >= MARKS.get(package, MARK)


def main() -> int:
    print("| dialect | prepare, µs | parse, µs | per event, µs | client | its parse, µs | its event, µs |")
    print("|---|---|---|---|---|---|---|")
    met = True
    for dialect in ANSWERS:
        row, good = measure(dialect)
        met = met and good
        print(row, flush=True)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
