from django.db import migrations


def insert(apps, schema_editor):
    apps.get_model("registry", "Pointer").objects.get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_first_tables")]
    operations = [migrations.RunPython(insert, migrations.RunPython.noop)]
