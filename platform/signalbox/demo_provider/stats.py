"""What the demo provider has seen, for tests and the curious.

Models past MAX_MODELS and labels past MAX_LABELS count as one.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

MAX_MODELS = 256
MAX_LABELS = 65_536
MAX_DIRECTIVES = 1024
MAX_RECENT = 64
OTHER = "…"


@dataclass(slots=True)
class Stats:
    requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    cancelled: int = 0
    cut: int = 0
    streamed: int = 0
    chunks: int = 0
    by_status: dict[int, int] = field(default_factory=dict)
    by_model: dict[str, int] = field(default_factory=dict)
    by_label: dict[str, int] = field(default_factory=dict)
    last_user_text: str = ""  # what arrived, and therefore left
    recent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_RECENT))
    _told: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def began(self, model: str, *, stream: bool, label: str = "") -> None:
        self.requests += 1
        self.streamed += stream
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        _count(self.by_model, model, MAX_MODELS)
        if label:
            _count(self.by_label, label, MAX_LABELS)

    def ended(self, model: str, status: int, how: str, label: str = "") -> None:
        """`how` is ok, cancelled (the client left) or cut (we did)."""
        self.in_flight -= 1
        self.cancelled += how == "cancelled"
        self.cut += how == "cut"
        self.by_status[status] = self.by_status.get(status, 0) + 1
        self.recent.append({"model": model, "status": status, "how": how, "label": label})

    def told(self, directives: str) -> int:
        """How often these directives have come, this time included; the oldest are forgotten."""
        count = self._told.pop(directives, 0) + 1
        self._told[directives] = count
        if len(self._told) > MAX_DIRECTIVES:
            self._told.popitem(last=False)
        return count

    def report(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "cancelled": self.cancelled,
            "cut": self.cut,
            "streamed": self.streamed,
            "chunks": self.chunks,
            "by_status": {str(status): count for status, count in self.by_status.items()},
            "by_model": dict(self.by_model),
            "last_user_text": self.last_user_text,
            "recent": list(self.recent),
        }


def _count(counts: dict[str, int], name: str, most: int) -> None:
    known = name if name in counts or len(counts) < most else OTHER
    counts[known] = counts.get(known, 0) + 1
