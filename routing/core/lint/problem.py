"""One thing that is wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`fatal` ones must keep a release from being published; `subject` says where ("policy std, rule eu")."""

    code: str
    subject: str
    message: str
    fatal: bool = True
