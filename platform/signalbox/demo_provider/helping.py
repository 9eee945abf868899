"""What the demo provider says where it is asked to judge, to pick, or to name a label, so that routes of
several models go on without a model: by plain words of what it is given.

A judge gives 90 of 100, and 40 to what answers a `hard` request; the first of several answers is picked; a
label is said where its word is in the request.
"""

import re

from signalbox.demo_provider.faults import stripped

HARD = re.compile(r"\bhard\b", re.IGNORECASE)
PASSED = '{"score": 90, "reason": "It answers the request."}'
NOT_PASSED = '{"score": 40, "reason": "The request says that it is hard."}'
OTHER = "other"
_SCORE = '{"score": <0 to 100>'
_PICK = re.compile(r"Answer with the letter of the best answer, one of ([A-Z])")
_LABELS = re.compile(r"Answer with one of these labels and nothing else: ([^.]{1,2000})\.")


def help_with(instructions: str, material: str) -> str | None:
    """None where the instructions ask for an answer of another kind."""
    material = stripped(material)
    if _SCORE in instructions:
        return NOT_PASSED if HARD.search(material) else PASSED
    if picked := _PICK.search(instructions):
        return picked.group(1)
    if labels := _LABELS.search(instructions):
        words = set(re.findall(r"[\w-]+", material.lower()))
        return next((label for label in labels.group(1).split(", ") if label.lower() in words), OTHER)
    return None
