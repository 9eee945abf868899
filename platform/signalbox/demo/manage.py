"""`./run manage`: Django's command line, on the demo's state unless the environment says otherwise."""

import os
import sys

from signalbox.demo import state


def main() -> None:
    directory = state.data_directory()
    saved = state.load(directory)
    if saved and not os.environ.get("DATABASE_URL"):
        for name, value in saved.environment().items():
            os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
    os.environ.setdefault("SIGNALBOX_LOG_STREAM", "stderr")
    os.environ.setdefault("SIGNALBOX_LOG_PLAIN", "true")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
