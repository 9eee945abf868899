"""Models run over evaluation sets, and what came of each item."""

import audit.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0001_evaluation_sets'),
    ]

    operations = [
        migrations.CreateModel(
            name='ModelRun',
            fields=[
                ('id', models.UUIDField(default=audit.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('set_digest', models.CharField(editable=False, max_length=64, verbose_name='data digest')),
                ('key_prefix', models.CharField(help_text='Whose requests they are.', max_length=64, verbose_name='API key')),
                ('targets', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('running', 'running'), ('done', 'done'), ('cancelled', 'cancelled')], default='running', max_length=10)),
                ('why', models.CharField(blank=True, help_text='Why it ended before all was asked.', max_length=200)),
                ('created_at', models.DateTimeField()),
                ('created_by_name', models.CharField(blank=True, max_length=150, verbose_name='begun by')),
                ('ended_at', models.DateTimeField(null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='digest of the outcomes')),
                ('set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='evaluation.evaluationset')),
            ],
            options={
                'verbose_name': 'run of models',
                'verbose_name_plural': 'runs of models',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ModelOutcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.CharField(max_length=256)),
                ('item', models.CharField(max_length=128)),
                ('task', models.CharField(blank=True, max_length=128)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('code', models.CharField(blank=True, max_length=64)),
                ('score', models.PositiveSmallIntegerField(null=True)),
                ('request_id', models.UUIDField(null=True)),
                ('model', models.CharField(blank=True, max_length=200)),
                ('model_version', models.CharField(blank=True, max_length=200)),
                ('cost_nano', models.BigIntegerField(null=True)),
                ('latency_ms', models.BigIntegerField(null=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outcomes', to='evaluation.modelrun')),
            ],
            options={
                'ordering': ['id'],
                'default_permissions': [],
            },
        ),
        migrations.AddConstraint(
            model_name='modelrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'cancelled'])), name='model_run_state_known'),
        ),
        migrations.AddConstraint(
            model_name='modeloutcome',
            constraint=models.UniqueConstraint(fields=('run', 'target', 'item'), name='model_outcome_once'),
        ),
    ]
