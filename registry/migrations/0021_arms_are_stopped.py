"""An arm of an experiment can be suspended.

SQLite rebuilds the table and loses its triggers, so they are made again.
"""

from importlib import import_module

from django.db import migrations, models

from audit.immutability import Guard, Reguard

before = import_module("registry.migrations.0011_suspensions_and_drift")
TABLE = "registry_suspension"
KINDS = ["provider", "model", "version", "deployment", "key", "team", "application", "route", "arm"]


def guard_as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        Guard(TABLE, allowed=before.LIFTED).database_forwards("registry", schema_editor, None, None)


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0020_broken_glass'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, guard_as_before),
        migrations.RemoveConstraint(
            model_name='suspension',
            name='suspension_kind_known',
        ),
        migrations.AlterField(
            model_name='suspension',
            name='kind',
            field=models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', KINDS)), name='suspension_kind_known'),
        ),
        Reguard(TABLE, allowed=before.LIFTED, before=before.LIFTED),
    ]
