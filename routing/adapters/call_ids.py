"""Ids of tool calls for providers that take only some forms of them.

A conversation may hold ids that another provider gave. One that fits passes; any other becomes the same
fitting one each time, so that a result still names its call.
"""

import re
from hashlib import sha256


def fitting(call_id: str, form: re.Pattern[str], length: int) -> str:
    """`call_id` where it has the `form`; else `length` hexadecimal digits, at most 64, that stand for it."""
    return call_id if form.fullmatch(call_id) else sha256(call_id.encode()).hexdigest()[:length]
