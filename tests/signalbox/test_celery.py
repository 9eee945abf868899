"""Tasks go to the broker of the settings, from whichever process queues them."""

import os
import subprocess
import sys

PROGRAM = """
import django
django.setup()
from routing.tasks import sweep_requests
print(sweep_requests.app.conf.broker_url)
"""


def test_a_process_that_is_no_worker_queues_at_our_broker() -> None:
    url = "redis://127.0.0.1:1/7"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "signalbox.settings", "REDIS_URL": url}
    said = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True)
    assert said.stdout.decode().split() == [url]
