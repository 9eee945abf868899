"""What a row bills of short sound, and in which steps; the guard holds both, as it holds every amount."""

from importlib import import_module

import django.core.validators
from django.db import migrations, models

from audit.immutability import Reguard

kinds = import_module("registry.migrations.0019_price_kinds")
BEFORE = (*kinds.before.FIXED, *kinds.ADDED)


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0021_arms_are_stopped'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalprice',
            name='audio_least_s',
            field=models.PositiveSmallIntegerField(blank=True, help_text='A shorter recording costs as much.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3600)], verbose_name='audio, billed at least, seconds'),
        ),
        migrations.AddField(
            model_name='historicalprice',
            name='audio_step_s',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Each that is begun counts whole.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3600)], verbose_name='audio, billed in steps of, seconds'),
        ),
        migrations.AddField(
            model_name='price',
            name='audio_least_s',
            field=models.PositiveSmallIntegerField(blank=True, help_text='A shorter recording costs as much.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3600)], verbose_name='audio, billed at least, seconds'),
        ),
        migrations.AddField(
            model_name='price',
            name='audio_step_s',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Each that is begun counts whole.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3600)], verbose_name='audio, billed in steps of, seconds'),
        ),
        Reguard(
            kinds.before.TABLE,
            allowed=kinds.same((*BEFORE, "audio_least_s", "audio_step_s")),
            erasable=True,
            before=kinds.same(BEFORE),
        ),
    ]
