"""What applications say of answers that they got."""

import audit.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0005_detected_data_class'),
    ]

    operations = [
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.UUIDField(default=audit.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('api_key', models.CharField(max_length=64, verbose_name='API key')),
                ('end_user', models.CharField(blank=True, max_length=256)),
                ('score', models.PositiveSmallIntegerField(help_text='In thousandths.')),
                ('label', models.CharField(blank=True, max_length=64)),
                ('comment', models.CharField(blank=True, max_length=64, verbose_name='commitment to the comment')),
                ('times', models.PositiveSmallIntegerField(default=1, help_text='How often it was said anew.')),
                ('given_at', models.DateTimeField()),
                ('request', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='feedback_rows', to='audit.request')),
            ],
            options={
                'verbose_name_plural': 'feedback',
                'ordering': ['-given_at', '-id'],
                'indexes': [models.Index(fields=['given_at'], name='audit_feedback_by_time')],
                'constraints': [models.UniqueConstraint(fields=('request', 'api_key', 'end_user'), name='audit_feedback_once'), models.CheckConstraint(condition=models.Q(('score__lte', 1000)), name='audit_feedback_score_in_thousandths')],
            },
        ),
    ]
