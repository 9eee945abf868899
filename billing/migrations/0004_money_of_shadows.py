"""What the shadows of experiments cost has budgets of its own, and is told apart in the ledger."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_ledger_is_append_only'),
        ('registry', '0020_broken_glass'),
    ]

    operations = [
        migrations.AddField(
            model_name='budget',
            name='experiment',
            field=models.CharField(blank=True, help_text='What the shadows of this experiment cost, and nothing else; * those of every experiment.', max_length=64, verbose_name='shadows of the experiment'),
        ),
        migrations.AddField(
            model_name='historicalbudget',
            name='experiment',
            field=models.CharField(blank=True, help_text='What the shadows of this experiment cost, and nothing else; * those of every experiment.', max_length=64, verbose_name='shadows of the experiment'),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='shadow',
            field=models.CharField(blank=True, help_text='The experiment whose shadow it was: no budget of the application paid for it.', max_length=64, null=True),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('experiment', ''), models.Q(('api_key', ''), ('application__isnull', True), ('each_end_user', False), ('end_user', ''), ('team__isnull', True)), _connector='OR'), name='billing_budget_shadows_or_callers', violation_error_message="What shadows cost is nobody's: name an experiment, or who asks."),
        ),
    ]
