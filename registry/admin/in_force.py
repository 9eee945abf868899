"""What was in force at a time: the release, and what it said, in words."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from registry.admin import panels
from registry.admin.proposal_forms import moment_field
from registry.models import Release
from registry.releases.clock import to_us
from registry.selectors import PublishedRelease, load_release, release_at


class MomentForm(forms.Form):
    at = moment_field(label="At (UTC)")


def context_of(request: HttpRequest) -> dict[str, Any]:
    """`asked` is the time that was asked for, now where none was; `release` was in force then, if any."""
    form = MomentForm(request.GET if "at" in request.GET else None)
    asked = timezone.now() if not form.is_bound else form.cleaned_data["at"] if form.is_valid() else None
    if not form.is_bound:
        form = MomentForm(initial={"at": asked})
    release = release_at(asked) if asked is not None else None
    context: dict[str, Any] = {"form": form, "asked": asked, "release": release, "now": not form.is_bound}
    if release is not None and asked is not None:
        loaded = load_release(release.pk)
        context["until"] = _until(release)
        context["panels"] = _panels(request, loaded, asked)
    return context


def _until(release: Release) -> datetime | None:
    following = Release.objects.filter(number__gt=release.number).order_by("number").first()
    return following.published_at if following else None


def _panels(request: HttpRequest, release: PublishedRelease, moment: datetime) -> list[str]:
    now_us = to_us(moment.astimezone(UTC))
    rendered = (panel.render(request, release, now_us) for panel in panels.release_panels())
    return [html for html in rendered if html]
