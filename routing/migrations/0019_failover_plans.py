"""Drills that are held by themselves."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0018_caches_in_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='FailoverPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=200, unique=True)),
                ('key', models.CharField(help_text='Prefix of the key that sends the requests.', max_length=12)),
                ('every_h', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)], verbose_name='every so many hours')),
                ('planned_by', models.CharField(max_length=150)),
                ('held_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['provider'],
                'default_permissions': ['view'],
                'constraints': [models.CheckConstraint(condition=models.Q(('every_h__gte', 1), ('every_h__lte', 720)), name='failover_plan_every_h_bounded')],
            },
        ),
    ]
