"""How traffic divides among tiers and levels, beside the bands that it should keep to."""

from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from routing.health import shares

PERMISSION = "audit.view_request"


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Of one policy, where the address names it; of a window, the last day without a choice."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    request.current_app = site.name
    window = next(
        (each for each in shares.WINDOWS if each.key == request.GET.get("window")), shares.WINDOWS[1]
    )
    rows = shares.answered(request.user, timezone.now() - window.length)
    tiers, levels = shares.by_tier(rows), shares.by_level(rows)
    policies = sorted({share.policy for share in tiers} | {share.policy for share in levels})
    policy = request.GET.get("policy", "")
    if policy in policies:
        tiers = [share for share in tiers if share.policy == policy]
        levels = [share for share in levels if share.policy == policy]
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Shares of traffic",
        "windows": shares.WINDOWS,
        "window": window,
        "policies": policies,
        "policy": policy if policy in policies else "",
        "tiers": tiers,
        "levels": levels,
        "limit": shares.MAX_REQUESTS,
    }
    return TemplateResponse(request, "admin/routing/shares.html", context)
