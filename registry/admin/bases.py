"""Bases of the registry's admin classes, beside those of audit.modeladmin."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponseBase

from audit.modeladmin import HistoryAdmin, TabularInline
from registry.admin import drafting
from registry.admin.loosening import LooseningAdmin
from registry.models import Proposal, User
from registry.services import consumers, directory

MAX_TITLE_CHARS = 200


class GovernedAdmin(HistoryAdmin):
    """For governed rows: every page shows them as the person's draft has them, and saving proposes."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return self._drafted(
            request, lambda: super(GovernedAdmin, self).changelist_view(request, extra_context)
        )

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        view = super().changeform_view
        return self._drafted(request, lambda: view(request, object_id, form_url, extra_context), object_id)

    def delete_view(self, request: HttpRequest, object_id: Any, extra_context: Any = None) -> Any:
        view = super().delete_view
        return self._drafted(request, lambda: view(request, object_id, extra_context), object_id)

    def message_user(
        self,
        request: HttpRequest,
        message: Any,
        level: int | str = messages.INFO,
        extra_tags: str = "",
        fail_silently: bool = False,
    ) -> None:
        """Success is told by the draft alone: nothing was changed yet."""
        if level == messages.SUCCESS and drafting.is_drafting(request):
            return
        super().message_user(request, message, level, extra_tags, fail_silently)

    def _drafted(self, request: HttpRequest, view: drafting.View, object_id: Any = None) -> HttpResponseBase:
        row = self.get_object(request, object_id) if object_id and request.method == "POST" else None
        return drafting.served_as_draft(request, view, self._title(request, row))

    def _title(self, request: HttpRequest, row: Any) -> str:
        """What a draft that begins here is called until its author says better."""
        noun, name = self.opts.verbose_name, request.POST.get("name", "")
        if row is not None:
            return f"Change {noun} {row}"
        adds = request.path.endswith("/add/") and name
        return f"Add {noun} {name}"[:MAX_TITLE_CHARS] if adds else f"Change {self.opts.verbose_name_plural}"


class LinkingAdmin(GovernedAdmin):
    """For models with links: one typed without a scheme is taken for https."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs.setdefault("assume_scheme", "https")
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class NameOnce:
    """For rows whose name is given once: see registry.models.base.Named."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        return (*given, "name") if obj else given


def _save(row: Any, actor: User, reason: str) -> Proposal | None:
    return consumers.save(row=row, actor=actor, reason=reason)


class LiveAdmin(LooseningAdmin):
    """For teams, applications and keys: every change reaches every process within a second, and what loosens
    is proposed."""

    save_live = staticmethod(_save)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        directory.bump()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        directory.bump()


class ViewInline(TabularInline):
    """Shown beside its parent, edited on its own page."""

    can_delete = False
    show_change_link = True
    hidden_on_add = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
