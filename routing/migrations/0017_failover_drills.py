"""What failover drills found."""

import audit.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0016_latency_budget'),
    ]

    operations = [
        migrations.CreateModel(
            name='FailoverDrill',
            fields=[
                ('id', models.UUIDField(default=audit.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=200)),
                ('held_at', models.DateTimeField(db_index=True)),
                ('held_by', models.CharField(blank=True, max_length=150)),
                ('passed', models.BooleanField()),
                ('report', models.JSONField()),
            ],
            options={
                'ordering': ['-held_at', '-id'],
                'default_permissions': ['view'],
            },
        ),
    ]
