"""Whether an upstream id names one version for good, or whatever the provider puts behind it tomorrow.

Providers pin by a date (2025-04-14, 20241022, 2411, 0613), a revision (001) or a digest. What has none of
these may be an alias; “latest” is one by its own word, and a preview is changed or withdrawn at short notice.
"""

import re

_WORDS = re.compile(r"[^a-z0-9]+")
_LATEST = frozenset({"latest", "current", "default", "stable", "newest"})
_PREVIEW = frozenset({"preview", "exp", "experimental", "beta", "alpha", "nightly"})
_DATE = re.compile(
    r"""(?<![0-9])(?:
        20[0-9]{2}-(?:0[1-9]|1[0-2])(?:-[0-3][0-9])?   # 2025-04-14, 2025-04
      | 20[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]          # 20241022
      | 2[0-9](?:0[1-9]|1[0-2])                        # 2411: year and month
      | (?:0[1-9]|1[0-2])-?[0-3][0-9]                  # 0613, 05-06: month and day
      | 00[1-9] | 0[1-9][0-9]                          # 001: a revision
    )(?![0-9])""",
    re.VERBOSE,
)
_DIGEST = re.compile(r"(?:@|sha256[:-])[0-9a-z._:-]{2,}|[0-9a-f]{12,}")


def moves(upstream_id: str) -> str:
    """Why the id may name another model tomorrow, in words; empty where it is pinned."""
    text = upstream_id.lower()
    words = set(_WORDS.split(text))
    if words & _LATEST:
        return f"“{upstream_id}” is an alias: the provider moves it to another version when it likes."
    pinned = _DATE.search(text) or _DIGEST.search(text)
    if words & _PREVIEW:
        return f"“{upstream_id}” is a preview: the provider may change or withdraw it at short notice."
    return "" if pinned else f"“{upstream_id}” has no date or revision: the provider may move it."
