"""Prices: content is never changed (a change is a new row), and windows of one deployment never meet."""

from django.db import migrations

from audit.immutability import Guard

TABLE = "registry_price"
FIXED = (
    "id",
    "deployment_id",
    "valid_from",
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cache_read_usd_per_mtok",
    "cache_write_usd_per_mtok",
    "request_usd",
    "sha256",
)
MEETS = """
    SELECT 1 FROM registry_price
    WHERE deployment_id = NEW.deployment_id AND id <> NEW.id
      AND (valid_to IS NULL OR valid_to > NEW.valid_from)
      AND (NEW.valid_to IS NULL OR valid_from < NEW.valid_to)
"""
# The deployment's row is locked, so that of two transactions the later one sees the earlier one's row.
POSTGRES = [
    f"""
    CREATE FUNCTION registry_price_alone() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM 1 FROM registry_deployment WHERE id = NEW.deployment_id FOR UPDATE;
      IF EXISTS ({MEETS}) THEN
        RAISE EXCEPTION 'registry: prices of one deployment overlap' USING ERRCODE = 'exclusion_violation';
      END IF;
      RETURN NEW;
    END
    $body$
    """,
    "CREATE TRIGGER registry_price_alone BEFORE INSERT OR UPDATE ON registry_price"
    " FOR EACH ROW EXECUTE FUNCTION registry_price_alone()",
]
SQLITE = [
    f"CREATE TRIGGER registry_price_alone_{event} BEFORE {event} ON registry_price"
    f" WHEN EXISTS ({MEETS})"
    " BEGIN SELECT RAISE(ABORT, 'registry: prices of one deployment overlap'); END"
    for event in ("insert", "update")
]


def create(apps, schema_editor):
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER registry_price_alone ON registry_price", params=None)
        schema_editor.execute("DROP FUNCTION registry_price_alone()", params=None)
    else:
        for event in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER registry_price_alone_{event}", params=None)


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_releases_never_change")]
    operations = [
        Guard(
            TABLE,
            allowed=" AND ".join(f"NEW.{column} {{same}} OLD.{column}" for column in FIXED),
            erasable=True,
        ),
        migrations.RunPython(create, drop),
    ]
