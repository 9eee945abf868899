"""What waits for the person who is signed in."""

from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from registry import inbox
from registry.admin.actor import actor_of
from registry.models import User
from registry.services import notices


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest) -> HttpResponse:
        return inbox_page(site, request)

    return [path("inbox/", site.admin_view(page), name="registry_inbox")]


def inbox_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    user = actor_of(request)
    if request.method == "POST":
        if not _done(request, user):
            return HttpResponseBadRequest("Nothing here does that.")
        return HttpResponseRedirect(reverse("admin:registry_inbox"))
    request.current_app = site.name
    context = {
        **site.each_context(request),
        "title": "Inbox",
        "sections": inbox.sections(user),
        "person": user,
    }
    return TemplateResponse(request, "admin/registry/inbox.html", context)


def _done(request: HttpRequest, user: User) -> bool:
    """Whether the form asked for something that exists."""
    match request.POST.get("do", ""):
        case "read":
            notices.mark_read(user=user, ids=[request.POST.get("notice", "")])
        case "read_all":
            notices.mark_read(user=user)
        case "email":
            wanted = request.POST.get("wanted") == "yes"
            notices.prefer_email(user=user, wanted=wanted)
            told = "Notices are e-mailed to you." if wanted else "Notices are no longer e-mailed to you."
            messages.success(request, told)
        case _:
            return False
    return True
