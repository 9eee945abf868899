"""Where in its route a request was answered stands beside who answered it, and changes as little."""

from django.db import migrations, models

from audit.immutability import Reguard

IDENTITY = (
    "id accepted_at operation stream team application api_key end_user task tags requested "
    "data_class_declared data_class policy rule release_number decision facts queue worker deadline_at "
    "worst_case_nano reserved_epoch data_class_detected"
).split()
ENDING = (
    "state outcome finished_at error_code model model_version deployment provider attempts input_tokens "
    "output_tokens cost_nano latency_ms first_token_ms fallback_used"
).split()


def allowed(ending: list[str]) -> str:
    """From running to finished, once; or, when finished, the salt is destroyed and nothing else changes."""
    finishes = f"OLD.state = 'running' AND NEW.state = 'finished' AND {same([*IDENTITY, 'content_salt'])}"
    erased = f"OLD.state = 'finished' AND NEW.content_salt IS NULL AND {same([*IDENTITY, *ending])}"
    return f"({finishes}) OR ({erased})"


def same(columns: list[str]) -> str:
    return " AND ".join(f"NEW.{column} {{same}} OLD.{column}" for column in columns)


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_feedback")]

    operations = [
        migrations.AddField(
            model_name="request",
            name="answer_path",
            field=models.CharField(blank=True, max_length=100, null=True),
        ),
        Reguard("audit_request", allowed=allowed([*ENDING, "answer_path"]), before=allowed(ENDING)),
    ]
