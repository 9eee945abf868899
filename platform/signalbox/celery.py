import os
from typing import Any

from celery import Celery, signals

from routing.lane import bootstep
from signalbox import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
broker.install()
app = Celery("signalbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["signalbox", "evaluation", "routing", "billing", "registry", "audit"])
bootstep.install(app)


@signals.setup_logging.connect(weak=False)
def leave_logging_to_django(**kwargs: Any) -> None:
    """A receiver is what keeps Celery from setting up its own; settings.LOGGING holds."""


@signals.worker_init.connect(weak=False)
def refuse_unsafe_start(**kwargs: Any) -> None:
    from signalbox import checks
    from signalbox.errors import UnsafeStart

    try:
        checks.refuse_unsafe_server()
    except UnsafeStart as error:
        raise SystemExit(str(error)) from error
