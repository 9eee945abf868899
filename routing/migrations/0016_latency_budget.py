"""How long the steps of a policy's routes may take together: governed, as its deadline is."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0015_batches_are_shown'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalpolicy',
            name='latency_budget_ms',
            field=models.PositiveIntegerField(blank=True, help_text='Divided among the steps of a route; what does not fit is skipped. Empty: the deadline.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600000)], verbose_name='latency budget in milliseconds'),
        ),
        migrations.AddField(
            model_name='policy',
            name='latency_budget_ms',
            field=models.PositiveIntegerField(blank=True, help_text='Divided among the steps of a route; what does not fit is skipped. Empty: the deadline.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600000)], verbose_name='latency budget in milliseconds'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('latency_budget_ms__isnull', True), models.Q(('latency_budget_ms__gte', 1), ('latency_budget_ms__lte', 600000)), _connector='OR'), name='policy_latency_budget_bounded'),
        ),
    ]
