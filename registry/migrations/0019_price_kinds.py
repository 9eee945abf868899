"""Prices of further kinds, and under conditions. What is not sold by tokens has no price of them.

SQLite rebuilds the table and loses its triggers, so they are made again; the guard then holds every amount.
"""

from importlib import import_module

import django.core.validators
from decimal import Decimal
from django.db import migrations, models

from audit.immutability import Guard, Reguard

before = import_module("registry.migrations.0004_prices_hold_once")
ADDED = (
    "cache_write_1h_usd_per_mtok",
    "reasoning_usd_per_mtok",
    "audio_input_usd_per_mtok",
    "audio_output_usd_per_mtok",
    "image_input_usd_per_mtok",
    "image_output_usd_per_mtok",
    "audio_usd_per_hour",
    "characters_usd_per_mchar",
    "pictures",
    "bands",
)


def same(columns):
    return " AND ".join(f"NEW.{column} {{same}} OLD.{column}" for column in columns)


def hold_apart(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        before.create(apps, schema_editor)


def guard_as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        former = Guard(before.TABLE, allowed=same(before.FIXED), erasable=True)
        former.database_forwards("registry", schema_editor, None, None)
        before.create(apps, schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0018_lifecycle_by_place'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, guard_as_before),
        migrations.AddField(
            model_name='historicalprice',
            name='audio_input_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='audio input, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='audio_output_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='audio output, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='audio_usd_per_hour',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='A price per minute times 60. Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='audio, USD per hour'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='bands',
            field=models.JSONField(blank=True, default=list, verbose_name='prices under conditions'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='cache_write_1h_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: as cache write.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='cache write for an hour, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='characters_usd_per_mchar',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Of text that is spoken. Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='characters, USD per million'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='image_input_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: billed as input.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='image input, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='image_output_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='image output, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='pictures',
            field=models.JSONField(blank=True, default=list, verbose_name='pictures, USD each'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='reasoning_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: billed as output.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='reasoning, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='price',
            name='audio_input_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='audio input, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='price',
            name='audio_output_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='audio output, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='price',
            name='audio_usd_per_hour',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='A price per minute times 60. Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='audio, USD per hour'),
        ),
        migrations.AddField(
            model_name='price',
            name='bands',
            field=models.JSONField(blank=True, default=list, verbose_name='prices under conditions'),
        ),
        migrations.AddField(
            model_name='price',
            name='cache_write_1h_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: as cache write.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='cache write for an hour, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='price',
            name='characters_usd_per_mchar',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Of text that is spoken. Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='characters, USD per million'),
        ),
        migrations.AddField(
            model_name='price',
            name='image_input_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: billed as input.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='image input, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='price',
            name='image_output_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: not sold.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='image output, USD per million tokens'),
        ),
        migrations.AddField(
            model_name='price',
            name='pictures',
            field=models.JSONField(blank=True, default=list, verbose_name='pictures, USD each'),
        ),
        migrations.AddField(
            model_name='price',
            name='reasoning_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, help_text='Empty: billed as output.', max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='reasoning, USD per million tokens'),
        ),
        migrations.AlterField(
            model_name='historicalprice',
            name='input_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='input, USD per million tokens'),
        ),
        migrations.AlterField(
            model_name='historicalprice',
            name='output_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='output, USD per million tokens'),
        ),
        migrations.AlterField(
            model_name='price',
            name='input_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='input, USD per million tokens'),
        ),
        migrations.AlterField(
            model_name='price',
            name='output_usd_per_mtok',
            field=models.DecimalField(blank=True, decimal_places=9, max_digits=15, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='output, USD per million tokens'),
        ),
        Reguard(
            before.TABLE,
            allowed=same((*before.FIXED, *ADDED)),
            erasable=True,
            before=same(before.FIXED),
        ),
        migrations.RunPython(hold_apart, migrations.RunPython.noop),
    ]
