"""What a dialect says to its provider's own batch service: pure, as the rest of an adapter.

A batch is `Line`s under ids of ours. It is uploaded (where the service takes a file), created with a mark of
ours in it, looked at until it has ended, and its answers are read line by line. What was created without our
being told is found again by its mark, so that nothing is sent twice; a service that keeps no mark has no
`listing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from routing.adapters.contract import PreparedRequest, Target

MAX_LINES = 500  # of one batch at a provider
MAX_BYTES = 16 * 1024 * 1024
MAX_ANSWER_BYTES = 32 * 1024 * 1024  # of one line, as of any call
MAX_ANSWERS_BYTES = 256 * 1024 * 1024
# A vector of 4,096 numbers is 90 kB of JSON, so the answers to as many inputs are within these bounds.
MAX_LINE_INPUTS = 256
MAX_INPUTS = 2_500
NEVER_RUN = ("batch_expired", "batch_cancelled")  # codes of lines that the provider did not begin


@dataclass(frozen=True, slots=True)
class Line:
    """`body` is the JSON that an ordinary call would have sent, as `worded` puts it."""

    custom_id: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a provider says of a batch. `state` is its own word; `files` hold the answers of one that has
    ended; of one that was cut short (`is_cut`), what has no answer was not run."""

    batch: str
    state: str
    has_ended: bool
    files: tuple[str, ...] = ()
    is_cut: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """One line's answer, as the HTTP answer that an ordinary call would have had. `code` is one of NEVER_RUN
    where there is none."""

    custom_id: str
    status: int
    body: bytes = field(repr=False)
    request_id: str = ""
    code: str = ""


class BatchService(Protocol):
    """Of one operation. `standing` and its like raise ProviderError for errors and for what can't be read."""

    def worded(self, body: bytes) -> bytes:
        """The JSON of an ordinary call as it stands in a batch. Raises ProviderError for what none takes."""
        ...

    def upload(self, lines: Sequence[Line], target: Target, *, mark: str) -> PreparedRequest | None:
        """None where the lines go with `create`."""
        ...

    def uploaded(self, status: int, headers: Mapping[str, str], body: bytes) -> str: ...

    def create(self, lines: Sequence[Line], target: Target, *, file: str, mark: str) -> PreparedRequest: ...

    def standing(self, status: int, headers: Mapping[str, str], body: bytes) -> Standing:
        """Of the answers to `create`, `look` and `cancel`."""
        ...

    def look(self, target: Target, batch: str) -> PreparedRequest: ...

    def cancel(self, target: Target, batch: str) -> PreparedRequest: ...

    def listing(self, target: Target) -> PreparedRequest | None: ...

    def marked(
        self, status: int, headers: Mapping[str, str], body: bytes, *, mark: str
    ) -> Standing | None: ...

    def results(self, target: Target, standing: Standing) -> tuple[PreparedRequest, ...]: ...

    def answered(self, line: bytes) -> Answered:
        """Raises ValueError for what is no answer of a line."""
        ...

    def forget(self, target: Target, *, file: str, standing: Standing) -> tuple[PreparedRequest, ...]:
        """Deletes what lies at the provider, once it was read."""
        ...
