#!/usr/bin/env python
"""Django's command line for Signalbox."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
    # What a command prints may be piped on; its log lines go beside it.
    os.environ.setdefault("SIGNALBOX_LOG_STREAM", "stderr")
    os.environ.setdefault("SIGNALBOX_LOG_PLAIN", "true")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
