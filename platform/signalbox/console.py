"""The admin site: django-unfold's, or Django's plain one where SIGNALBOX_PLAIN_ADMIN is set."""

from django.conf import settings

if settings.PLAIN_ADMIN:
    from django.contrib.admin.sites import AdminSite
else:
    from unfold.sites import UnfoldAdminSite as AdminSite


class Console(AdminSite):  # type: ignore[misc]
    site_title = "Signalbox"
    site_header = "Signalbox"
    index_title = "Overview"
