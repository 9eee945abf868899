"""How often fallbacks may answer, how much each tier should, and what is told where a band is left."""


import audit.core.ids
import django.core.validators
import routing.models.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0012_answers_held_for_a_person'),
    ]

    operations = [
        migrations.CreateModel(
            name='FallbackAlert',
            fields=[
                ('id', models.UUIDField(default=audit.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('policy', models.CharField(max_length=200)),
                ('rule', models.CharField(max_length=200)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('band_percent', models.PositiveSmallIntegerField(verbose_name='band (%)')),
                ('answers', models.PositiveIntegerField(help_text='Within the window, when it was opened.')),
                ('fallbacks', models.PositiveIntegerField(help_text='Those of the answers that a fallback gave.')),
                ('failing', models.CharField(blank=True, help_text='The deployment passed over most.', max_length=200)),
                ('reason', models.CharField(blank=True, max_length=32)),
                ('serving', models.CharField(blank=True, help_text='The deployment that answered most.', max_length=200)),
            ],
            options={
                'ordering': ['-opened_at', '-id'],
                'default_permissions': ['view'],
            },
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='fallback_band_percent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of each rule. More is told of. Empty: 20 %.', null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='answers by fallbacks, at most (%)'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='tier_bands',
            field=models.JSONField(blank=True, help_text='Of its answers, by the tier of the model. Shown beside what it is.', null=True, validators=[routing.models.validators.validate_tier_bands], verbose_name='share of each tier'),
        ),
        migrations.AddField(
            model_name='policy',
            name='fallback_band_percent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of each rule. More is told of. Empty: 20 %.', null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='answers by fallbacks, at most (%)'),
        ),
        migrations.AddField(
            model_name='policy',
            name='tier_bands',
            field=models.JSONField(blank=True, help_text='Of its answers, by the tier of the model. Shown beside what it is.', null=True, validators=[routing.models.validators.validate_tier_bands], verbose_name='share of each tier'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('fallback_band_percent__isnull', True), ('fallback_band_percent__lte', 100), _connector='OR'), name='policy_fallback_band_percent'),
        ),
        migrations.AddConstraint(
            model_name='fallbackalert',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('policy', 'rule'), name='fallback_alert_open_once'),
        ),
    ]
