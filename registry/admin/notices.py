"""The outbox, to see what was sent and what was not."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.modeladmin import ReadOnlyAdmin
from registry.models import Notice
from registry.services import delivery

STATES = {
    Notice.State.WAITING: Q(due_at__isnull=False),
    Notice.State.SENT: Q(sent_at__isnull=False),
    Notice.State.FAILED: Q(due_at__isnull=True, sent_at__isnull=True, attempts__gt=0),
    Notice.State.INBOX: Q(due_at__isnull=True, sent_at__isnull=True, attempts=0),
}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label).capitalize()) for state in STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        chosen = self.value()
        return queryset.filter(STATES[Notice.State(chosen)]) if chosen in Notice.State.values else queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "subject", "recipient", "outcome", "attempts", "last_error")
    list_filter = (StateFilter, "kind", "created_at")
    search_fields = ("subject", "user__username", "webhook__name")
    list_select_related = ("user", "webhook")
    fields = (
        *("kind", "subject", "body", "path", "recipient", "group", "created_at", "read_at"),
        *("outcome", "due_at", "sent_at", "attempts", "last_error"),
    )
    actions = ("send_again",)  # type: ignore[assignment]

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("registry.change_webhook")

    @admin.action(description="Send again what was given up", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        count = sum(delivery.send_again(notice) for notice in queryset)
        self.message_user(request, f"{count} of {len(queryset)} will be sent again.", messages.SUCCESS)

    @admin.display(description="to")
    def recipient(self, notice: Notice) -> str:
        return f"webhook {notice.webhook}" if notice.webhook else str(notice.user)

    @admin.display(description="state")
    def outcome(self, notice: Notice) -> str:
        return str(notice.state.label)
