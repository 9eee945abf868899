from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from signalbox.demo import seed, state


class Command(BaseCommand):
    help = "Writes the demo's configuration and logins. Only in demo mode."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Set SIGNALBOX_DEMO, on a database that is not a production one.")
        directory = state.data_directory()
        saved = state.load(directory) or state.State()
        seed.seed(saved)
        state.save(directory, saved)
        seed.past(saved)
        self.stdout.write("The demo's configuration is in place.")
