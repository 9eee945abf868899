"""What was given again, and what was compared, is evidence: it never changes."""

from django.db import migrations

from audit.immutability import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("routing", "0009_answers_given_again")]
    operations = [AppendOnly("routing_cachehit"), AppendOnly("routing_cachecomparison")]
