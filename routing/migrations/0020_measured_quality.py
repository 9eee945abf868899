"""How good versions were measured to be, as routes may rely on it."""

import audit.core.ids
import django.core.validators
import django.db.models.deletion
import registry.history
import routing.models.measured
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0019_failover_plans'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MeasuredQuality',
            fields=[
                ('id', models.UUIDField(default=audit.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='As routes name it: the evaluation set.', max_length=128, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z0-9][a-z0-9._:/-]{0,127}\\Z', 'Lower-case letters, digits and . _ : / - only, beginning with a letter or a digit.')])),
                ('qualities', models.JSONField(validators=[routing.models.measured.validate_qualities])),
                ('set_sha256', models.CharField(max_length=64, verbose_name='data digest')),
                ('outcomes_sha256', models.CharField(max_length=64, verbose_name='digest of the outcomes')),
                ('measured_on', models.DateField()),
                ('enabled', models.BooleanField(default=True, help_text='Off: left out of the next release.')),
            ],
            options={
                'verbose_name': 'measured quality',
                'verbose_name_plural': 'measured qualities',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalMeasuredQuality',
            fields=[
                ('history_actor', registry.history.ActorField(blank=True, default='', editable=False, max_length=150)),
                ('id', models.UUIDField(db_index=True, default=audit.core.ids.uuid7, editable=False)),
                ('name', models.CharField(db_index=True, help_text='As routes name it: the evaluation set.', max_length=128, validators=[django.core.validators.RegexValidator('\\A[a-z0-9][a-z0-9._:/-]{0,127}\\Z', 'Lower-case letters, digits and . _ : / - only, beginning with a letter or a digit.')])),
                ('qualities', models.JSONField(validators=[routing.models.measured.validate_qualities])),
                ('set_sha256', models.CharField(max_length=64, verbose_name='data digest')),
                ('outcomes_sha256', models.CharField(max_length=64, verbose_name='digest of the outcomes')),
                ('measured_on', models.DateField()),
                ('enabled', models.BooleanField(default=True, help_text='Off: left out of the next release.')),
                ('history_change_reason', models.TextField(blank=True, default='', null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical measured quality',
                'verbose_name_plural': 'historical measured qualities',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
