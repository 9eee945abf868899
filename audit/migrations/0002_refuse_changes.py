"""What was written stays: entries and attempts never change, a request finishes once."""

from django.db import migrations

from audit.immutability import AppendOnly, Guard

IDENTITY = (
    "id accepted_at operation stream team application api_key end_user task tags requested "
    "data_class_declared data_class policy rule release_number decision facts queue worker deadline_at "
    "worst_case_nano reserved_epoch"
).split()
ENDING = (
    "state outcome finished_at error_code model model_version deployment provider attempts input_tokens "
    "output_tokens cost_nano latency_ms first_token_ms fallback_used"
).split()


def same(columns: list[str]) -> str:
    return " AND ".join(f"NEW.{column} {{same}} OLD.{column}" for column in columns)


# From running to finished, once; or, when finished, the salt is destroyed and nothing else changes.
FINISHES = f"OLD.state = 'running' AND NEW.state = 'finished' AND {same([*IDENTITY, 'content_salt'])}"
ERASED = f"OLD.state = 'finished' AND NEW.content_salt IS NULL AND {same([*IDENTITY, *ENDING])}"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_register_tables")]

    operations = [
        AppendOnly("audit_entry"),
        AppendOnly("audit_attempt"),
        Guard("audit_content", erasable=True),
        Guard("audit_request", allowed=f"({FINISHES}) OR ({ERASED})"),
    ]
