from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from signalbox import health

# How people sign in where single sign-on or second factors are on; the admin sends them here.
sign_in = [path("accounts/", include("signalbox.sso.urls"))] if settings.SSO.enabled else []

urlpatterns = [
    *sign_in,
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("v1/", include("routing.api.urls")),
    path("api/", include("registry.api.urls")),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url=static("signalbox/favicon.svg"), permanent=False)),
]
