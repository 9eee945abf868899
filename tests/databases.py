"""The test database between tests that commit: brought back to how the schema was made.

Django would flush it, and then make content types, permissions and triggers anew, which costs most of a
second for each such test; the register's triggers refuse a flush besides, as they should. Here whatever
differs from the schema is put right, and nothing else is touched.
"""

import sqlite3
from contextlib import closing
from typing import Any

import schema
from django.db import connections

RESTORE_POSTGRES = f"""
DO $$
DECLARE
    name text;
    differs boolean;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no trigger, and no order of deletes
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        IF to_regclass(format('{schema.FIRST_ROWS}.%I', name)) IS NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO differs;
            IF differs THEN EXECUTE format('DELETE FROM %I', name); END IF;
        ELSE
            EXECUTE format(
                'SELECT EXISTS ((TABLE %1$I EXCEPT TABLE {schema.FIRST_ROWS}.%1$I) '
                'UNION ALL (TABLE {schema.FIRST_ROWS}.%1$I EXCEPT TABLE %1$I))', name) INTO differs;
            IF differs THEN
                EXECUTE format('DELETE FROM %I', name);
                EXECUTE format(
                    'INSERT INTO %1$I OVERRIDING SYSTEM VALUE TABLE {schema.FIRST_ROWS}.%1$I', name);
            END IF;
        END IF;
    END LOOP;
END $$
"""


def restore(test_case: Any) -> None:
    """In place of TransactionTestCase._fixture_teardown. On PostgreSQL the role must be a superuser, as on a
    server that is there for tests."""
    for name in test_case._databases_names(include_mirrors=False):
        connection = connections[name]
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(schema.on_sqlite())) as first:
                first.backup(connection.connection)
        else:
            with connection.cursor() as cursor:
                cursor.execute(RESTORE_POSTGRES)
