"""Register entries, as they are, with a verdict on each."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html

from audit.admin.filters import DayFilter, EventFilter
from audit.admin.requests import RegisterAdmin
from audit.modeladmin import admin
from audit.models import Entry
from audit.selectors.verification import checked


@admin.register(Entry)
class EntryAdmin(RegisterAdmin):
    list_display = ("when", "event_type", "request_id", "emitter_id", "emitter_seq")
    list_filter = (("occurred_at", DayFilter), EventFilter)
    search_fields = ("request_id",)
    ordering = ("-event_id",)
    fields = (
        "event_type",
        "when",
        "request_id",
        "emitter_id",
        "emitter_seq",
        "previous",
        "leaf",
        "verdict",
        "told",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description="occurred (UTC)", ordering="event_id")
    def when(self, entry: Entry) -> str:
        return f"{entry.occurred_at:%Y-%m-%d %H:%M:%S.%f}"

    @admin.display(description="hash of the entry before")
    def previous(self, entry: Entry) -> str:
        return "none, it is the first" if entry.prev_event is None else bytes(entry.prev_event).hex()

    @admin.display(description="leaf hash")
    def leaf(self, entry: Entry) -> str:
        return bytes(entry.leaf_hash).hex()

    @admin.display(description="verdict")
    def verdict(self, entry: Entry) -> str:
        return "; ".join(checked(entry)) or "hash and chain check out"

    @admin.display(description="body")
    def told(self, entry: Entry) -> str:
        try:
            text = json.dumps(json.loads(entry.body), indent=2, ensure_ascii=False, sort_keys=True)
        except ValueError:
            text = entry.body
        return format_html('<pre class="sb-body" tabindex="0">{}</pre>', text)
