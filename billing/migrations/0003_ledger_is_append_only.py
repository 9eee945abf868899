from django.db import migrations

from audit.immutability import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_epoch_row")]
    operations = [AppendOnly("billing_ledgerentry")]
