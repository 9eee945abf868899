from django.db import migrations

from audit.immutability import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_pointer_row")]
    operations = [AppendOnly("registry_release")]
