from django.contrib import admin
from django.urls import include, path

from signalbox import health

urlpatterns = [
    path("v1/", include("routing.api.urls")),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
]
