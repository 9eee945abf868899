"""Which arm of an experiment a request had, and what became of it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0013_bands_and_fallback_alerts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('request_id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('experiment', models.CharField(blank=True, max_length=64)),
                ('arm', models.CharField(blank=True, max_length=64)),
                ('variant', models.CharField(blank=True, max_length=16)),
                ('at', models.DateTimeField(db_index=True)),
                ('failed', models.BooleanField(default=False)),
                ('latency_ms', models.BigIntegerField(null=True)),
                ('cost_nano', models.BigIntegerField(null=True)),
            ],
            options={
                'ordering': ['-at'],
                'default_permissions': [],
                'indexes': [models.Index(fields=['experiment', 'arm', 'variant', 'at'], name='trial_by_arm')],
            },
        ),
    ]
