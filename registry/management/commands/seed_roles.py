from typing import Any

from django.core.management.base import BaseCommand

from registry.services import roles


class Command(BaseCommand):
    help = "Make the groups of the roles, with the permissions that each has. Run it after every migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.seed()
        self.stdout.write(f"Roles: {', '.join(role.name for role in roles.ROLES)}.")
