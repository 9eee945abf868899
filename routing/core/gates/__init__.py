"""Gates: checks of an answer that call nobody. Each gives a score in thousandths, a verdict and a reason.

A gate is a pure function `(answer, settings) -> Said`. Those here need the standard library alone; those that
need more have the same shape and are in `routing.gates`, which asks them all by name.
"""

from routing.core.gates.confidence import logprob
from routing.core.gates.contract import Answer, GateFunction, Said
from routing.core.gates.grounding import grounded
from routing.core.gates.language import language
from routing.core.gates.shape import answered, complete, length, number, python

PURE: dict[str, GateFunction] = {
    "answered": answered,
    "complete": complete,
    "length": length,
    "number": number,
    "python": python,
    "language": language,
    "grounded": grounded,
    "logprob": logprob,
}

__all__ = ["PURE", "Answer", "GateFunction", "Said"]
