from typing import Any

from django.core.management.base import BaseCommand

from registry.selectors import suspensions_in_force


class Command(BaseCommand):
    help = "List what is suspended, the latest first."

    def handle(self, *args: Any, **options: Any) -> None:
        for placed in suspensions_in_force().iterator():
            by = placed.placed_by_name or "the system"
            ended = ", with what was in flight" if placed.cancel_in_flight else ""
            self.stdout.write(f"{placed.placed_at:%Y-%m-%d %H:%M:%S}  {placed}{ended}  {by}: {placed.reason}")
