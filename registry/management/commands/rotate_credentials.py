from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.errors import CredentialError
from registry.services import credentials


class Command(BaseCommand):
    help = "Encrypt every stored credential under the newest of SIGNALBOX_FIELD_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = credentials.rotate()
        except CredentialError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} credential(s) encrypted under the newest key.")
