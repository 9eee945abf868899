"""What adapters cost beside the providers' own clients: `python -m bench adapters`.

Prints microseconds of CPU for `prepare`, for `parse` of a whole answer, and for each of the 200 events of a
stream, fed one at a time; then the same of the client (bench/clients), which reads the very same bytes. Ours
says whole requests, with their addresses and headers, and gives answers in OpenAI's words; a client's figures
are of a request's body and of answers in the provider's words, so where the two differ it is asked for less.
Rounds of ours and theirs alternate, and of ROUNDS the fastest counts, so that what else the machine does is
not measured. Exits with 1 where ours is not as many times cheaper as it should be.

With every client installed: `pip install -e '.[clients]'`.
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.adapter_bytes import ANSWERS, HEADERS, TEXTS, VECTORS, Answer
from bench.clients import CLIENTS, Client, client
from routing import adapters
from routing.adapters.contract import Adapter, Target

MARK = 5.0
# It checks in compiled code what has the form of its few types already, and gives it as it came.
MARKS = {"ollama": 1.5}
EMBEDDINGS_MARK = 1.5  # numbers alone, which both sides read in compiled code
ROUNDS = 8
ROUND_S = 0.04
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

CHAT = ("prepare", "parse", "event")
RATIOS = ("both cheaper", "parse cheaper", "event cheaper")
EMBEDDINGS = ("embeddings",)

Call = Callable[[], object]
Measured = list[list[float]]


def fastest_us(*calls: Call) -> list[float]:
    """Of each call, its rounds in turn with those of the others."""
    counts = [_round_of(call) for call in calls]
    rounds = [
        [_spent_s(call, count) / count for call, count in zip(calls, counts, strict=True)]
        for _ in range(ROUNDS)
    ]
    return [min(spent) * 1e6 for spent in zip(*rounds, strict=True)]


def _round_of(call: Call) -> int:
    """How many calls take about ROUND_S, so that the clock is read once a round."""
    call()  # what is only done once
    return max(1, int(ROUND_S / _spent_s(call, 3) * 3))


def _spent_s(call: Call, count: int) -> float:
    started = time.thread_time()
    for _ in range(count):
        call()
    return time.thread_time() - started


def streamed(adapter: Adapter, answer: Answer) -> None:
    parser = adapter.stream()
    done = sum(delta.done for piece in answer.stream for delta in parser.feed(piece))
    if done + sum(delta.done for delta in parser.close()) != 1:
        sys.exit(f"{adapter.name}: the stream did not come to its end")


def chat(dialect: str, theirs: Client | None) -> Measured:
    """Microseconds of a request, of a whole answer, and of an event of a stream: of ours, and of theirs."""
    answer, adapter = ANSWERS[dialect](), adapters.get(dialect)
    target = Target(BASES.get(dialect, "https://provider.test/v1"), "gpt-4o", 512, "key")
    ours: list[Call] = [
        lambda: adapter.prepare(ASKED, target, stream=False),
        lambda: adapter.parse(200, HEADERS, answer.whole),
        lambda: streamed(adapter, answer),
    ]
    sides = [ours]
    if theirs is not None:
        whole, stream = theirs.whole, theirs.stream
        sides.append([theirs.prepare, lambda: whole(answer.whole), lambda: stream(answer.stream)])
    prepared, parsed, streams = (fastest_us(*calls) for calls in zip(*sides, strict=True))
    events = [figure / len(answer.stream) for figure in streams]
    return [list(side) for side in zip(prepared, parsed, events, strict=True)]


def embeddings(dialect: str, theirs: Client | None) -> Measured:
    """Microseconds of an answer with the vectors of a few texts: of ours, and of theirs."""
    body, operation = VECTORS[dialect](), adapters.operation(dialect, "embeddings")
    assert operation is not None
    asked = {"model": "m", "input": ["text"] * TEXTS}
    calls: list[Call] = [lambda: operation.parse(asked, 200, HEADERS, body)]
    if theirs is not None and theirs.embeddings is not None:
        read = theirs.embeddings
        calls.append(lambda: read(body))
    return [[figure] for figure in fastest_us(*calls)]


def times_cheaper(ours: list[float], theirs: list[float]) -> list[float]:
    """Of what is read alone, and where a request is prepared, of both together as well."""
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    return ratios if len(ours) == 1 else [sum(theirs[:2]) / sum(ours[:2]), *ratios[1:]]


def report(heads: tuple[str, ...], ratios: tuple[str, ...], rows: Iterable[tuple[str, Measured]]) -> bool:
    """Print one table; whether every figure is as many times below the client's as it should be."""
    ours = [f"{head}, µs" for head in heads]
    columns = ["dialect", *ours, "client", *(f"its {head}" for head in ours)]
    print(f"\n| {' | '.join((*columns, *ratios))} |\n{'|---' * (len(columns) + len(ratios))}|")
    good = True
    for dialect, (own, *theirs) in rows:
        package = CLIENTS[dialect][0]
        figures = [f"{figure:.1f}" for figure in (*own, *(theirs[0] if theirs else ()))]
        cells = [dialect, *figures[: len(heads)], package, *figures[len(heads) :]]
        if theirs:
            found = times_cheaper(own, theirs[0])
            cells += [f"{ratio:.1f}x" for ratio in found]
            good = good and min(found) >= mark(package, heads)
        else:
            cells += ["not installed"] + [""] * (len(heads) + len(ratios) - 1)
        print(f"| {' | '.join(cells)} |", flush=True)
    return good


def mark(package: str, heads: tuple[str, ...]) -> float:
    return EMBEDDINGS_MARK if heads == EMBEDDINGS else MARKS.get(package, MARK)


def main() -> int:
    known = {dialect: client(dialect, ASKED) for dialect in ANSWERS}
    answers = report(CHAT, RATIOS, ((dialect, chat(dialect, known[dialect])) for dialect in ANSWERS))
    vectors = report(
        EMBEDDINGS, ("cheaper",), ((dialect, embeddings(dialect, known[dialect])) for dialect in VECTORS)
    )
    return 0 if answers and vectors else 1


if __name__ == "__main__":
    sys.exit(main())
