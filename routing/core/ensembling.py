"""What an ensemble comes to: its members' answers as one, by its way of combining them."""

from collections.abc import Sequence
from typing import Protocol

from routing.core.answers import label_in
from routing.core.combining import Combined, Disagreed, Undecided, combined
from routing.core.decision import EnsemblePlan, PlanNode
from routing.core.execution import FailureKind, Note
from routing.core.progress import Doing, Result, State, merged, not_given


class Reading(Protocol):
    """Who reads the state of a plan's nodes, and notes what each came to."""

    notes: list[Note]

    def state_of(self, node: PlanNode) -> State: ...


def ensemble_state(node: EnsemblePlan, reader: Reading) -> State:
    """Of what its members have said so far: one answer, none, or to wait for more."""
    states = [reader.state_of(member) for member in node.members]
    answers = [state.text if isinstance(state, Result) and state.ok else None for state in states]
    pending = [isinstance(state, Doing) for state in states]
    match combined(node, answers, pending):
        case Undecided():
            return merged([state for state in states if isinstance(state, Doing)])
        case Disagreed(detail=detail):
            return _disagreed(node, reader, states, detail)
        case Combined(member=None, text=None):
            return _helped(node, reader, states)
        case Combined(member=member, text=text, detail=detail):
            reader.notes.append(Note(node.path, node.by, detail))
            chosen = next(
                state
                for at, state in enumerate(states)
                if isinstance(state, Result) and state.ok and member in (None, at)
            )
            return Result(chosen.outcome, text if text is not None else chosen.made)


def _helped(node: EnsemblePlan, reader: Reading, states: Sequence[State]) -> State:
    """The helper picks one of the answers, or writes one of them all."""
    assert node.helper is not None
    helped = reader.state_of(node.helper)
    if isinstance(helped, Doing):
        return helped
    answered = [state for state in states if isinstance(state, Result) and state.ok]
    if not helped.ok:
        return _disagreed(node, reader, states, "the helper gave no answer")
    if node.by == "synthesis":
        reader.notes.append(Note(node.path, "synthesis", f"of {len(answered)} answers"))
        return helped
    labels = [chr(ord("A") + at) for at in range(len(answered))]
    label = label_in(helped.text, labels)
    if label is None:
        return _disagreed(node, reader, states, "the judge picked none of the answers")
    reader.notes.append(Note(node.path, "judge", f"picked {label} of {len(answered)} answers"))
    return answered[labels.index(label)]


def _disagreed(node: EnsemblePlan, reader: Reading, states: Sequence[State], detail: str) -> Result:
    """Where nobody answered at all, that is the failure; else that they came to nothing."""
    reader.notes.append(Note(node.path, "no agreement", detail))
    ended = [state for state in states if isinstance(state, Result)]
    answered = [state.outcome for state in ended if state.ok]
    if answered and answered[0] is not None:
        return Result(not_given(answered[0], FailureKind.DISAGREEMENT))
    failed = [state for state in ended if not _was_ended(state)]
    return failed[-1] if failed else Result(None)


def _was_ended(state: Result) -> bool:
    """It failed because nobody needed it any more, which is nobody's failure."""
    return state.outcome is not None and state.outcome.kind is FailureKind.SUPERSEDED
