"""What trained routing is worth on real graded answers: `python -m bench router`.

Prints each figure beside chance, the best single model and what was published, with its mark. Nothing is
fitted to a test here: the code is what `train_router` and `calibrate_cascade` run. But which features there
are, and how strongly they are held, was once chosen on this data: expect a little less of yours. Skips, with
its reason, where the data or what reads it is absent (bench/router_data.py); exits with 1 where a mark is
missed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench import router_checks as checks
from bench.router_data import Graded, graded, is_for_training, reason_to_skip, zeroeval_pairs
from evaluation.core.outcomes import Pair
from routing.core.trained import TrainedRouter, router_from

ZEROEVAL_PAIR = ("gpt-4o-mini-2024-07-18", "claude-3-5-sonnet-20241022")
FEW_LABELS, SEEDS, FOLDS, DECILES = 1_500, 5, 5, 10


@dataclass(frozen=True, slots=True)
class Figure:
    """`mark` is in the same words as `measured`; `beside` is what it is to be held against."""

    name: str
    measured: str
    mark: str
    met: bool
    beside: str = ""


def trained(pairs: Sequence[Pair], tasks: Sequence[str] = ()) -> TrainedRouter:
    from evaluation.training.gain import train

    artifact = train(pairs, tasks).artifact
    labels = {"weak": "weak", "strong": "strong", "default": "strong"}
    return router_from({"name": "bench", **labels, "threshold": 0, "artifact": artifact})


def scores_of(router: TrainedRouter, pairs: Sequence[Pair]) -> list[int]:
    return [router.score(pair.text).thousandths for pair in pairs]


def recovered(scores: Sequence[int], pairs: Sequence[Pair]) -> list[float]:
    """The share of the gap that is recovered when each tenth more goes to the strong model, by the score."""
    order = sorted(range(len(pairs)), key=lambda at: -scores[at])
    gap = sum(pair.gap for pair in pairs)
    found = []
    for step in range(DECILES + 1):
        taken = order[: round(len(pairs) * step / DECILES)]
        found.append(sum(pairs[at].gap for at in taken) / gap)
    return found


def apgr(scores: Sequence[int], pairs: Sequence[Pair]) -> float:
    """The area under `recovered`, as the paper has it: thresholds at the deciles of the score."""
    found = recovered(scores, pairs)
    return sum((one + other) / 2 for one, other in pairwise(found)) / DECILES


def calls_for(share: float, scores: Sequence[int], pairs: Sequence[Pair]) -> float:
    """CPT: the share of strong calls that recovers `share` of the gap."""
    order = sorted(range(len(pairs)), key=lambda at: -scores[at])
    wanted, total = share * sum(pair.gap for pair in pairs), 0.0
    for count, at in enumerate(order, start=1):
        total += pairs[at].gap
        if total >= wanted:
            return count / len(pairs)
    return 1.0


def few_labels(mmlu: list[Graded]) -> Iterator[Figure]:
    from numpy.random import RandomState

    found, half, most = [], [], []
    for seed in range(SEEDS):
        order = RandomState(seed).permutation(len(mmlu))
        train, test = ([mmlu[at].pair for at in part] for part in (order[:FEW_LABELS], order[FEW_LABELS:]))
        scores = scores_of(trained(train), test)
        found.append(apgr(scores, test))
        half.append(calls_for(0.5, scores, test))
        most.append(calls_for(0.8, scores, test))
    mean = sum(found) / SEEDS
    measured = f"{mean:.3f} (from {min(found):.3f} to {max(found):.3f})"
    beside = (
        f"chance .500; published .603; CPT(50 %) {sum(half) / SEEDS:.1%}, CPT(80 %) {sum(most) / SEEDS:.1%}"
    )
    yield Figure("MMLU, 1,500 labels, APGR, mean of 5 seeds", measured, "at least .640", mean >= 0.64, beside)


def unseen_subjects(mmlu: list[Graded]) -> Iterator[Figure]:
    """Five folds of whole subjects, dealt from a shuffled list."""
    from numpy.random import RandomState

    subjects = sorted({question.subject for question in mmlu})
    dealt = [subjects[at] for at in RandomState(0).permutation(len(subjects))]
    pairs: list[Pair] = []
    scores: list[int] = []
    folds = []
    for fold in range(FOLDS):
        held = set(dealt[fold::FOLDS])
        router = trained([each.pair for each in mmlu if each.subject not in held])
        test = [each.pair for each in mmlu if each.subject in held]
        of_fold = scores_of(router, test)
        folds.append(apgr(of_fold, test))
        pairs += test
        scores += of_fold
    value, mean = apgr(scores, pairs), sum(folds) / FOLDS
    beside = f"chance .500; mean of the folds alone {mean:.3f} (from {min(folds):.3f} to {max(folds):.3f})"
    yield Figure("MMLU, unseen subjects, APGR", f"{value:.3f}", "at least .600", value >= 0.6, beside)


def transfer(mmlu: list[Graded]) -> Iterator[Figure]:
    router = trained([each.pair for each in mmlu])
    pairs = [each.pair for each in graded("gsm8k")]
    value = apgr(scores_of(router, pairs), pairs)
    name = "Trained on MMLU, tested on GSM8K, APGR"
    yield Figure(name, f"{value:.3f}", "at least .600", value >= 0.6, "chance .500; published .622")


def other_tasks() -> Iterator[Figure]:
    """A text router on a task that it was not trained on: nothing to rely on, which is why a declared task
    that the set has not takes the default."""
    pairs = zeroeval_pairs(*ZEROEVAL_PAIR)
    parts, refused = [], True
    for task in sorted({pair.task for pair in pairs}):
        train = [pair for pair in pairs if pair.task != task]
        test = [pair for pair in pairs if pair.task == task]
        router = trained(train, sorted({pair.task for pair in train}))
        parts.append(f"{task} {apgr(scores_of(router, test), test):.3f}")
        refused = refused and all(router.score(pair.text, task).outside for pair in test)
    train = [pair for pair in pairs if is_for_training(pair.key)]
    test = [pair for pair in pairs if not is_for_training(pair.key)]
    seen = apgr(scores_of(trained(train), test), test)
    yield Figure(
        "ZeroEval, one task left out at a time: requests of that task that take the default",
        "100 %" if refused else "not all",
        "all of them",
        refused,
        f"APGR there, had they not: {', '.join(parts)}; with all tasks in training {seen:.3f}; chance .500",
    )


def decisions(mmlu: list[Graded]) -> Iterator[Figure]:
    """Certified thresholds, the same decision under other spellings, and how long it takes."""
    from numpy.random import RandomState

    order = RandomState(0).permutation(len(mmlu))
    train, test = ([mmlu[at].pair for at in part] for part in (order[:FEW_LABELS], order[FEW_LABELS:]))
    router = trained(train)
    scores = scores_of(router, test)
    for share in (0.25, 0.5, 0.75):
        missed, naive, spent = checks.certified(scores, test, share)
        yield Figure(
            f"Certified for {share:.0%} of the gap, n = 500, 300 resamples: target missed",
            f"{missed:.1%}",
            "at most 10 %",
            missed <= 0.1,
            f"the threshold that looks right: {naive:.1%}; strong calls {spent:.0%}",
        )
    threshold = sorted(scores)[len(scores) // 2]
    for name, share in checks.same_decision(router, threshold, [pair.text for pair in test]).items():
        yield Figure(f"Same decision under {name}", f"{share:.1%}", "at least 95 %", share >= 0.95)
    p50, p95 = checks.took_ms(router, [pair.text for pair in test])
    yield Figure("Score and label, p95", f"{p95:.3f} ms", "under 5 ms", p95 < 5, f"p50 {p50:.3f} ms")


def cascades() -> Iterator[Figure]:
    for name, goal, found, cost, loss, single in checks.cascades():
        measured = f"{cost:.1%} of the cost, {-100 * loss:+.2f} points"
        met = cost <= goal.most_cost and loss <= goal.most_loss
        mark = f"at most {goal.most_cost:.0%}, no more than {100 * goal.most_loss:.1f} points less"
        yield Figure(f"ZeroEval, {name}: {found}", measured, mark, met, single)


def main() -> int:
    if reason := reason_to_skip():
        print(f"skipped: {reason}.")
        return 0
    mmlu = graded("mmlu")
    weak, strong = (sum(getattr(each.pair, name) for each in mmlu) / len(mmlu) for name in ("weak", "strong"))
    print(f"MMLU, {len(mmlu):,} questions: always weak {weak:.4f}, always strong {strong:.4f}, the best one.")
    parts: tuple[Callable[[], Iterator[Figure]], ...] = (
        lambda: few_labels(mmlu),
        lambda: unseen_subjects(mmlu),
        lambda: transfer(mmlu),
        lambda: decisions(mmlu),
        other_tasks,
        cascades,
    )
    figures = []
    for part in parts:
        for figure in part():
            figures.append(figure)
            print(f"\n{'met   ' if figure.met else 'MISSED'} {figure.name}", flush=True)
            print(f"       {figure.measured}; mark: {figure.mark}", flush=True)
            if figure.beside:
                print(f"       beside: {figure.beside}", flush=True)
    missed = sum(not figure.met for figure in figures)
    print(f"\n{len(figures) - missed} of {len(figures)} marks met.")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
