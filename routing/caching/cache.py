"""What one process has of the cache."""

from billing.pipeline import Pipeline
from routing.caching.evidence import Evidence
from routing.caching.leading import Leading
from routing.caching.store import Answers


class Cache:
    def __init__(self, valkey: Pipeline) -> None:
        self.answers = Answers(valkey)
        self.leading = Leading()
        self.evidence = Evidence()
