"""Make the live counters trustworthy: check whose they are, and where in doubt count them from the ledger.

A rebuild is one database transaction:
1. Lock the epoch. Claims hold it shared, so all of those made before are visible, and later ones wait.
2. Raise the epoch: holds made before, and not claimed yet, will be refused at their claim.
3. Count budgets and open holds from the ledger into fresh keys, which nobody reads yet.
4. Name the new epoch and the server's run in the token. From here on the counters count.

Where anything breaks off, the token does not fit and the next who asks begins again. What a settlement does
to the old keys meanwhile is in the ledger; if it came too late for the count, the sweeper ends that hold.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import redis
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from billing.core.budgets import BudgetBook
from billing.errors import CountersUnavailable
from billing.holds import hold_bytes
from billing.models import BudgetEpoch
from billing.scripts import HOLD, LEASES, MARK, SPACE_PREFIX, TOKEN_KEY, load, space, token
from billing.selectors import load_budgets
from billing.standing import open_holds, standings

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 2.0
SOCKET_TIMEOUT_S = 5.0
MAX_CLOCK_DIFFERENCE_S = 60
REBUILT_LEASE_S = 60
CHUNK = 500


def ensure_trusted(url: str) -> BudgetBook:
    """The budgets as of now, over counters that may be trusted; raises CountersUnavailable."""
    with valkey(url) as client:
        run_id = run_of(client)
        book = load_budgets()
        if client.get(TOKEN_KEY) == token(run_id, book.epoch).encode():
            return book
        return rebuild(client, run_id=run_id)


def rebuild_now(url: str) -> BudgetBook:
    """Count everything anew, although the counters are trusted."""
    with valkey(url) as client:
        return rebuild(client, run_id=run_of(client), force=True)


def rebuild(client: "redis.Redis", *, run_id: str, force: bool = False) -> BudgetBook:
    """Count everything anew from the ledger, unless another process just did (or `force`)."""
    BudgetEpoch.objects.get_or_create(pk=1)
    with transaction.atomic(durable=True):
        _lock()
        row = BudgetEpoch.objects.get(pk=1)
        if not force and client.get(TOKEN_KEY) == token(run_id, row.epoch).encode():
            return load_budgets()
        _check_clock(client)
        row.epoch += 1
        row.save(update_fields=["epoch"])
        book = load_budgets()
        _forget(client, f"{space(row.epoch)}*")
        mark = secrets.token_hex(8)
        client.set(space(book.epoch) + MARK, mark)
        _write(client, book)
        _trust(client, token(run_id, book.epoch), space(book.epoch) + MARK, mark)
    _forget(client, f"{SPACE_PREFIX}*", keep=space(book.epoch))
    logger.warning("budget counters were rebuilt from the ledger", extra={"epoch": book.epoch})
    return book


@contextmanager
def valkey(url: str) -> Iterator["redis.Redis"]:
    """A client for work outside the hot path. It never repeats a command by itself: after a lost connection
    the server may be another."""
    retry = Retry(NoBackoff(), 0)
    client = redis.Redis.from_url(
        url, socket_timeout=SOCKET_TIMEOUT_S, socket_connect_timeout=CONNECT_TIMEOUT_S, retry=retry
    )
    try:
        yield client
    except redis.RedisError as error:
        raise CountersUnavailable(f"Valkey: {error}") from error
    except DatabaseError as error:
        raise CountersUnavailable(f"The ledger can't be read: {error}") from error
    finally:
        client.close()


def run_of(client: "redis.Redis") -> str:
    return str(client.info("server")["run_id"])


def _lock() -> None:
    """Let no claim that holds money commit from here to the end of the transaction, and read one snapshot.

    What was spent and what is held are two queries: a finish that commits between them would be counted by
    neither. PostgreSQL takes the snapshot at the first query, and locking a table is none, so the claims that
    this waits for are in it. SQLite's transaction has been the only writer since it began.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("LOCK TABLE billing_budgetepoch IN EXCLUSIVE MODE")


def _check_clock(client: "redis.Redis") -> None:
    """Windows follow this host's clock and leases the server's: a host that is off would count elsewhere."""
    seconds, _ = client.time()
    if abs(seconds - timezone.now().timestamp()) > MAX_CLOCK_DIFFERENCE_S:
        raise CountersUnavailable("The clocks of this host and of Valkey differ by more than a minute.")


def _write(client: "redis.Redis", book: BudgetBook) -> None:
    """Counters, holds and leases of the book's epoch, as the ledger has them."""
    prefix = space(book.epoch)
    batch = client.pipeline(transaction=False)
    holds = list(open_holds())
    for key, standing in standings(book, holds, timezone.now()).items():
        batch.hset(prefix + key, mapping={"s": standing.settled_nano, "r": standing.reserved_nano})
        if standing.expires_at_s:
            batch.expireat(prefix + key, standing.expires_at_s)
        _send(batch)
    lease_ends_ms = int((timezone.now() + timedelta(seconds=REBUILT_LEASE_S)).timestamp() * 1000)
    for hold in holds:
        request_id = str(hold.request_id)
        batch.set(prefix + HOLD + request_id, hold_bytes(hold.lines(book), (), lease_s=REBUILT_LEASE_S))
        batch.zadd(prefix + LEASES, {request_id: lease_ends_ms})
        _send(batch)
    batch.execute()


def _send(batch: "redis.client.Pipeline") -> None:
    if len(batch) >= CHUNK:
        batch.execute()


def _trust(client: "redis.Redis", new_token: str, mark_key: str, mark: str) -> None:
    """Set the token, in one step with seeing that the keys were not wiped since the first was written."""
    if client.eval(load("trust").text, 2, TOKEN_KEY, mark_key, new_token, mark) != b"OK":
        raise CountersUnavailable("Valkey was wiped while the counters were rebuilt.")


def _forget(client: "redis.Redis", pattern: str, *, keep: str = "") -> None:
    """Remove keys of other epochs; a little at a time, so that nobody waits for it."""
    doomed = []
    for key in client.scan_iter(match=pattern, count=CHUNK):
        if not keep or not key.decode().startswith(keep):
            doomed.append(key)
        if len(doomed) >= CHUNK:
            client.unlink(*doomed)
            doomed.clear()
    if doomed:
        client.unlink(*doomed)
