"""The database's own part in governance, on PostgreSQL and on SQLite.

1. A governed row is written only in a transaction that holds a permit.
2. A permit for a proposal is given only to one that is approved by as many people as its areas ask for, none
   of whom had a hand in it; it is given back only when the proposal has become a release.
3. Nobody approves what they wrote or edited, in their own name or for another, nor what they act for.
4. What was submitted is not changed; what has ended stays as it is.
5. Nothing is applied unreviewed but by somebody with the right to it (registry.emergency_triggers).
6. A live row is loosened only with a permit; apps add what that means for their tables (`add_rules`).

Installed after every `migrate` and lifted before it, so that later migrations may move governed rows, and so
that a table which SQLite rebuilds gets its triggers back. `missing` tells whether they are there.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from registry.governed import kinds

PREFIX = "sbgov_"

REFUSE = """
CREATE OR REPLACE FUNCTION registry_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'governed: %', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$body$
"""

EDITORS = """
  SELECT author_id FROM registry_proposal WHERE id = {row}.proposal_id
  UNION SELECT editor_id FROM registry_proposaledit WHERE proposal_id = {row}.proposal_id
"""
ACTS_FOR_AN_EDITOR = f"""
  SELECT 1 FROM registry_delegation d
  WHERE d.delegate_id = NEW.approver_id AND d.principal_id IN ({EDITORS.format(row="NEW")})
    AND d.revoked_at IS NULL AND d.starts_at <= NEW.at AND d.ends_at > NEW.at
"""  # noqa: S608  (all of it is written here)
IN_PLACE = """
  NEW.acting_for_id IS NULL OR EXISTS (
    SELECT 1 FROM registry_delegation d
    WHERE d.delegate_id = NEW.approver_id AND d.principal_id = NEW.acting_for_id
      AND d.revoked_at IS NULL AND d.starts_at <= NEW.at AND d.ends_at > NEW.at
  )
"""
AGREED = """
  SELECT count(DISTINCT a.approver_id) FROM registry_approval a
  WHERE a.proposal_id = p.id AND a.digest = p.digest AND a.area = r.area AND a.verdict = 'approve'
    AND a.approver_id <> p.author_id
    AND NOT EXISTS (
      SELECT 1 FROM registry_proposaledit e
      WHERE e.proposal_id = p.id AND e.editor_id IN (a.approver_id, a.acting_for_id)
    )
"""
READY = f"""
  SELECT 1 FROM registry_proposal p
  WHERE p.id = NEW.proposal_id AND (
    (p.state IN ('approved', 'scheduled')
     AND EXISTS (SELECT 1 FROM registry_proposalarea r WHERE r.proposal_id = p.id AND r.digest = p.digest)
     AND NOT EXISTS (
       SELECT 1 FROM registry_proposalarea r
       WHERE r.proposal_id = p.id AND r.digest = p.digest AND ({AGREED}) < r.quorum
     ))
    OR (p.break_glass AND p.state IN ('draft', 'submitted') AND EXISTS (
      SELECT 1 FROM registry_brokenglass b WHERE b.proposal_id = p.id AND b.digest = p.digest
    ))
  )
"""  # noqa: S608  (all of it is written here)
FINAL = "('applied', 'rejected', 'withdrawn', 'expired')"

# Once anything is in force, a live row is loosened in a transaction that holds a permit.
LIVE = (
    "NOT EXISTS (SELECT 1 FROM registry_permit)"
    " AND EXISTS (SELECT 1 FROM registry_pointer WHERE release_id IS NOT NULL)"
)

# How each database says how many seconds after the epoch a moment is.
EPOCH_S = {
    "sqlite": ("CAST(strftime('%s', {}) AS INTEGER)", "'now'"),
    "postgresql": ("EXTRACT(EPOCH FROM {})", "clock_timestamp()"),
}

Rule = tuple[str, str, str, str]  # table, event, condition under which it is refused, message
_EPOCH_OF = re.compile(r"epoch_s\(([a-zA-Z_.]+)\)")
_more: list[Callable[[], Iterable[Rule]]] = []


def holds_right(person: str, codename: str) -> str:
    """A condition: whether `person` (an id, in SQL) is active and holds the registry's right `codename` (a
    text, in SQL), by themselves or by a group."""
    return f"""
      EXISTS (SELECT 1 FROM registry_user u WHERE u.id = {person} AND u.is_active AND (u.is_superuser
        OR EXISTS (SELECT 1 FROM auth_permission r
          JOIN django_content_type c ON c.id = r.content_type_id AND c.app_label = 'registry'
          WHERE r.codename = {codename} AND (
            r.id IN (SELECT permission_id FROM registry_user_user_permissions WHERE user_id = u.id)
            OR r.id IN (SELECT g.permission_id FROM auth_group_permissions g
                        JOIN registry_user_groups m ON m.group_id = g.group_id WHERE m.user_id = u.id)
          ))))
    """  # noqa: S608  (all of it is written here)


def add_rules(rules: Callable[[], Iterable[Rule]]) -> None:
    """Of an app's own tables; in `AppConfig.ready`."""
    if rules not in _more:
        _more.append(rules)


def rules() -> Iterator[Rule]:
    for kind in kinds():
        for event in ("INSERT", "UPDATE", "DELETE"):
            yield (
                kind.table,
                event,
                "NOT EXISTS (SELECT 1 FROM registry_permit)",
                f"{event} of {kind.table} needs an approved proposal",
            )
    yield (
        "registry_suspension",
        "UPDATE",
        "OLD.in_force AND NOT NEW.in_force AND NOT EXISTS (SELECT 1 FROM registry_permit)",
        "lifting a suspension needs an approved proposal",
    )
    permit, approval, proposal = "registry_permit", "registry_approval", "registry_proposal"
    yield (
        permit,
        "INSERT",
        f"NEW.proposal_id IS NOT NULL AND NOT EXISTS ({READY})",
        "the proposal is not approved",
    )
    yield permit, "UPDATE", "1 = 1", "a permit is never changed"
    yield (
        permit,
        "DELETE",
        "OLD.proposal_id IS NULL OR NOT EXISTS "
        "(SELECT 1 FROM registry_proposal p WHERE p.id = OLD.proposal_id AND p.state = 'applied')",
        "a rehearsal is rolled back",
    )
    yield (
        approval,
        "INSERT",
        f"NEW.approver_id IN ({EDITORS.format(row='NEW')})"
        f" OR NEW.acting_for_id IN ({EDITORS.format(row='NEW')})"
        f" OR EXISTS ({ACTS_FOR_AN_EDITOR})",
        "nobody approves what they had a hand in",
    )
    right = holds_right("COALESCE(NEW.acting_for_id, NEW.approver_id)", "'approve_' || NEW.area")
    yield approval, "INSERT", f"NOT ({right} AND ({IN_PLACE}))", "who owns another area decides on nothing"
    yield (
        "registry_breakglassreview",
        "INSERT",
        f"NEW.reviewer_id IN ({EDITORS.format(row='NEW')})",
        "nobody reviews what they had a hand in",
    )
    yield (
        approval,
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM registry_proposal p WHERE p.id = NEW.proposal_id"
        " AND p.state = 'submitted' AND p.digest = NEW.digest)",
        "only what is submitted can be decided",
    )
    for table in (approval, "registry_proposaledit", "registry_proposalarea", "registry_breakglassreview"):
        for event in ("UPDATE", "DELETE"):
            yield table, event, "1 = 1", f"{event} of {table} is refused"
    yield (
        proposal,
        "UPDATE",
        f"OLD.state IN {FINAL} OR NEW.author_id <> OLD.author_id OR NEW.number <> OLD.number"
        " OR (OLD.state <> 'draft' AND (NEW.changes <> OLD.changes OR NEW.digest <> OLD.digest"
        " OR NEW.title <> OLD.title OR NEW.reason <> OLD.reason))"
        " OR (OLD.break_glass AND NOT NEW.break_glass)",
        "what was submitted is not changed",
    )
    yield proposal, "DELETE", "OLD.state <> 'draft'", "a proposal is withdrawn, not deleted"
    for more in _more:
        yield from more()


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger there, in place of those of another version. Half a database, as while one migrates
    back, has none."""
    with connection.cursor() as cursor:
        _drop(connection, cursor)
        tables = set(connection.introspection.table_names(cursor))
        if not tables.issuperset(table for table, *_ in rules()):
            return
        if connection.vendor == "postgresql":
            cursor.execute(REFUSE)
        for name, rule in _named(rules()):
            for statement in _create(connection.vendor, name, rule):
                cursor.execute(statement)
        if connection.vendor == "postgresql":
            for kind in kinds():
                cursor.execute(
                    f"CREATE TRIGGER {PREFIX}{kind.table}_truncate BEFORE TRUNCATE ON {kind.table} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse('TRUNCATE of {kind.table}')"
                )


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger away, for the time of a migration."""
    with connection.cursor() as cursor:
        _drop(connection, cursor)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should be there and are not."""
    with connection.cursor() as cursor:
        present = {name for name, _ in _present(connection, cursor)}
    return sorted(name for name, _ in _named(rules()) if name not in present)


def _named(all_rules: Iterable[Rule]) -> Iterator[tuple[str, Rule]]:
    """Names by place, since two rules may watch one event of one table."""
    seen: dict[tuple[str, str], int] = {}
    for rule in all_rules:
        place = rule[:2]
        seen[place] = seen.get(place, 0) + 1
        yield f"{PREFIX}{rule[0]}_{rule[1].lower()}_{seen[place]}", rule


def _create(vendor: str, name: str, rule: Rule) -> Iterator[str]:
    table, event, condition, message = rule
    condition = _EPOCH_OF.sub(lambda found: _epoch_s(vendor, found[1]), condition)
    if vendor == "sqlite":
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, 'governed: {message}'); END"
        )
        return
    # PostgreSQL allows no query in WHEN, so the condition is the function's.
    answer = "OLD" if event == "DELETE" else "NEW"
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$\n"
        f"BEGIN\n  IF {condition} THEN\n"
        f"    RAISE EXCEPTION 'governed: {message}' USING ERRCODE = 'restrict_violation';\n"
        f"  END IF;\n  RETURN {answer};\nEND\n$body$"
    )
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"


def _epoch_s(vendor: str, moment: str) -> str:
    said, now = EPOCH_S[vendor]
    return said.format(now if moment == "now" else moment)


def _present(connection: BaseDatabaseWrapper, cursor: Any) -> list[tuple[str, str]]:
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgenabled <> 'D' AND starts_with(tgname, %s)",
            [PREFIX],
        )
    else:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"]
        )
    return list(cursor.fetchall())


def _drop(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    on_table = connection.vendor == "postgresql"
    for name, table in _present(connection, cursor):
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if on_table else ""))
