"""Names of emitters: whoever writes entries in one unbroken sequence."""

import os
import re
import secrets
import socket
import time


def new_emitter(role: str = "") -> str:
    """`<role>-<host>-<pid>-<start hex>`: never the same for two starts of a process."""
    host = re.sub(r"[^A-Za-z0-9._]", "_", socket.gethostname())[:48]
    start = f"{time.time_ns() // 1_000_000:x}{secrets.token_hex(2)}"
    return "-".join(part for part in (role[:16], host, str(os.getpid()), start) if part)


_mine: tuple[int, str] | None = None


def management_emitter() -> str:
    """This process's emitter for what is recorded in the caller's own transaction. A fork gets its own."""
    global _mine
    pid = os.getpid()
    if _mine is None or _mine[0] != pid:
        _mine = (pid, new_emitter("manage"))
    return _mine[1]
