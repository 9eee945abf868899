"""People and their roles. The forms are django-unfold's where its look is used."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from audit.modeladmin import HistoryAdmin, ModelAdmin
from registry.admin.actor import actor_of
from registry.admin.fields import CheckboxSelectMultiple
from registry.admin.rights_in_words import rights_in_words
from registry.models import User
from registry.services import logins, second_factors

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
    from django.contrib.auth.forms import AdminUserCreationForm as UserCreationForm
else:
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm


@admin.register(User)
class UserAdmin(DjangoUserAdmin, HistoryAdmin):  # type: ignore[type-arg]
    """People are deactivated, never deleted: what they did names them."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "role_names", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Role", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Signing in", {"fields": ("last_login", "date_joined", "locks", "second_factor")}),
    )
    readonly_fields = ("last_login", "date_joined", "locks", "second_factor")
    actions = ("unlock", "forget_second_factor")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only a superuser makes superusers, and nobody changes their own role."""
        own = ("is_staff", "is_superuser", "groups") if obj is not None and obj.pk == request.user.pk else ()
        power = () if request.user.is_superuser else ("is_superuser",)
        return (*self.readonly_fields, *own, *power)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser touches a superuser: whoever sets a password can sign in as that person."""
        shielded = obj is not None and obj.is_superuser and not request.user.is_superuser
        allowed = super().has_change_permission(request, obj)  # type: ignore[no-untyped-call]
        return not shielded and bool(allowed)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Check boxes: there are as many groups as there are roles."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.widget = CheckboxSelectMultiple(choices=field.widget.choices)
            field.help_text = "A person has the rights of all roles that are chosen."
        return field

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.action(description="Unlock selected logins", permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        people = [user for user in queryset if self.has_change_permission(request, user)]
        count = sum(bool(logins.unlock(actor=actor_of(request), user=user)) for user in people)
        self.message_user(request, f"{count} of {len(people)} logins were locked, and are open again.")

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if not second_factors.available():
            actions.pop("forget_second_factor", None)
        return actions

    @admin.action(description="Take the second factor away (a lost phone)", permissions=["change"])
    def forget_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        people = [user for user in queryset if self.has_change_permission(request, user)]
        count = sum(second_factors.forget(actor=actor_of(request), user=user) for user in people)
        self.message_user(request, f"{count} of {len(people)} had one, and set up a new one if they need it.")

    @admin.display(description="second factor")
    def second_factor(self, user: User) -> str:
        return ", ".join(second_factors.kinds_of(user)) or "none"

    @admin.display(description="locked for")
    def locks(self, user: User) -> str:
        return ", ".join(logins.locked_addresses(user)) or "nobody"

    @admin.display(description="roles")
    def role_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "none"


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    list_display = ("name", "member_count")

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        """Who only reads a role reads it in words."""
        read = obj is not None and not self.has_change_permission(request, obj)
        return ("name", "members", "may") if read else ("name", "permissions")

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return ("members", "may") if obj is not None else ()

    @admin.display(description="members")
    def member_count(self, group: Group) -> int:
        return group.user_set.filter(is_active=True).count()

    @admin.display(description="members")
    def members(self, group: Group) -> str:
        return ", ".join(user.get_username() for user in group.user_set.filter(is_active=True)) or "nobody"

    @admin.display(description="may")
    def may(self, group: Group) -> SafeString:
        return format_html_join(SafeString("<br>"), "{}", ((line,) for line in rights_in_words(group)))
