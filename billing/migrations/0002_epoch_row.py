from django.db import migrations


def insert(apps, schema_editor):
    apps.get_model("billing", "BudgetEpoch").objects.get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_budgets_and_ledger")]
    operations = [migrations.RunPython(insert, migrations.RunPython.noop)]
