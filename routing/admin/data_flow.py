"""The page of data flow: which classes of data may reach, and did reach, which models, providers, regions."""

import csv
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import mark_safe

from audit import scopes
from audit.core.canonical import sha256_hex
from audit.models import Attempt
from audit.services import entries
from registry.selectors import live_release
from routing.core.data_flows import Flow, Place, Reached, flows
from routing.core.flow_pictures import flow_picture
from routing.selectors import compile_release

PERMISSIONS = ("registry.view_matrixcell", "audit.view_attempt")
EXPORT = "audit.export_register"
WINDOWS = ((1, "the last day"), (7, "the last 7 days"), (30, "the last 30 days"), (90, "the last 90 days"))
DEFAULT_DAYS = 7
MAX_PLACES = 5_000
COLUMNS = ("data class", "provider", "region", "model", "deployment", "may go there", "by", "calls", "last")


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perms(PERMISSIONS):
        raise PermissionDenied
    request.current_app = site.name
    days = _days(request)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Data flow",
        "windows": WINDOWS,
        "days": days,
        "may_export": request.user.has_perm(EXPORT),
    }
    published = live_release()
    if published is not None:
        release = compile_release(published.number, published.digest, published.document)
        found = flows(release, time.time_ns() // 1_000, reached(request.user, days))
        if "csv" in request.GET:
            return _csv(request, found, days)
        svg = flow_picture(found, ident="flow", title=f"Data flow, release {release.number}")
        context |= {
            "release": release,
            "groups": _grouped(found),
            "strays": sum(flow.is_stray for flow in found),
            "picture": mark_safe(svg),  # noqa: S308  (every text in it is escaped where it is drawn)
        }
    return TemplateResponse(request, "admin/routing/data_flow.html", context)


def reached(person: Any, days: int) -> dict[Place, Reached]:
    """What the register says of the requests that the person may see, accepted in the last `days`."""
    since = timezone.now() - timedelta(days=days)
    names = ("request__data_class", "deployment", "model", "provider", "region")
    attempts = scopes.visible(person, Attempt.objects.filter(request__accepted_at__gte=since))
    rows = attempts.order_by().values_list(*names).annotate(Count("id"), Max("started_at"))[:MAX_PLACES]
    return {Place(*place): Reached(calls, int(last.timestamp() * 1_000_000)) for *place, calls, last in rows}


def _days(request: HttpRequest) -> int:
    given = request.GET.get("days", "")
    return int(given) if given in {str(days) for days, _ in WINDOWS} else DEFAULT_DAYS


def _grouped(found: list[Flow]) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for flow in found:
        row = {"flow": flow, "last": _moment(flow) if flow.reached else ""}
        groups.setdefault(flow.place.data_class or "unknown", []).append(row)
    return list(groups.items())


def _moment(flow: Flow) -> str:
    if flow.reached is None:
        return ""
    return f"{datetime.fromtimestamp(flow.reached.last_us / 1_000_000, tz=UTC):%Y-%m-%d %H:%M}"


def _csv(request: HttpRequest, found: list[Flow], days: int) -> HttpResponse:
    """The table as a file; that it was taken out, by whom, is on record."""
    if not request.user.has_perm(EXPORT):
        raise PermissionDenied
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="data-flow-{days}-days.csv"'
    rows = csv.writer(response)
    rows.writerow(COLUMNS)
    for flow in found:
        place = flow.place
        may = "no" if not flow.may else f"where {', '.join(flow.asks)}" if flow.asks else "yes"
        calls = flow.reached.calls if flow.reached else 0
        names = (place.data_class, place.provider, place.region, place.model, place.deployment)
        rows.writerow((*names, may, "; ".join(flow.rules), calls, _moment(flow)))
    told = {"what": "data flow", "days": days, "rows": len(found), "sha256": sha256_hex(response.content)}
    entries.record("export.generated", {"actor": entries.actor_of(request.user), **told, "format": "csv"})
    return response
