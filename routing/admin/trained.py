"""Trained routers in the admin: what each rests on, as a curve and in words. `train_router` makes them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from registry.admin.bases import GovernedAdmin
from routing.core.trained import MICRO, Point
from routing.core.trained import TrainedRouter as CoreRouter
from routing.core.trained_features import FEATURES
from routing.core.trained_pictures import curve_picture
from routing.models import TrainedRouter

NANO_PER_USD = 1_000_000_000
TOP_WORDS = 15


class TrainedRouterForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = TrainedRouter
        fields = ("description", "enabled", "threshold", "default")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The threshold is one of the curve, and the default one of the labels."""
        super().__init__(*args, **kwargs)
        if "threshold" not in self.fields:
            return
        router = self.instance.router
        points = {point.threshold: point_in_words(point) for point in router.points}
        points.setdefault(router.threshold, f"{router.threshold}: not a point of the curve")
        self.fields["threshold"] = forms.TypedChoiceField(
            coerce=int,
            choices=sorted(points.items(), reverse=True),
            help_text="From the cheapest to the dearest, with the 95 % interval of the quality.",
        )
        labels = ((router.weak, router.weak), (router.strong, router.strong))
        self.fields["default"] = forms.ChoiceField(
            choices=labels, help_text=TrainedRouter._meta.get_field("default").help_text
        )


@admin.register(TrainedRouter)
class TrainedRouterAdmin(GovernedAdmin):
    empty_text = "The command train_router trains one on an evaluation set, and proposes it."
    form = TrainedRouterForm
    list_display = ("name", "enabled", "weak", "strong", "threshold", "trained_on", "short_digest")
    list_filter = ("enabled",)
    search_fields = ("name", "description")
    fieldsets = (
        (None, {"fields": ("name", "description", "enabled")}),
        ("What it decides", {"fields": ("labels", "threshold", "default", "curve")}),
        ("What it rests on", {"fields": ("trained_on", "lift", "prices", "digest")}),
        ("What it weighs", {"fields": ("weighs", "words")}),
    )
    readonly_fields = (
        "name",
        "labels",
        "curve",
        "trained_on",
        "lift",
        "prices",
        "digest",
        "weighs",
        "words",
    )

    class Media:
        css = {"all": ["registry/console.css", "routing/console.css"]}

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    @admin.display(description="labels")
    def labels(self, row: TrainedRouter) -> str:
        return f"{row.weak} below the threshold, {row.strong} from it up"

    @admin.display(description="curve")
    def curve(self, row: TrainedRouter) -> SafeString:
        return mark_safe(curve_picture(row.router, ident=f"curve-{row.pk}"))  # noqa: S308 (it escapes)

    @admin.display(description="trained on")
    def trained_on(self, row: TrainedRouter) -> str:
        data = row.artifact.get("data", {})
        sha256 = str(data.get("sha256", ""))
        return f"{data.get('labels', '?')} labels of {data.get('set', '?')}, data {sha256[:12]}"

    @admin.display(description="measured lift")
    def lift(self, row: TrainedRouter) -> str:
        lift = row.artifact.get("lift")
        if not lift:
            return "not measured"
        return (
            f"{lift['area'] / MICRO:.3f} of the gain recovered, averaged over all shares (chance: 0.5; "
            f"95 % interval {lift['low'] / MICRO:.3f} to {lift['high'] / MICRO:.3f})"
        )

    @admin.display(description="prices as of")
    def prices(self, row: TrainedRouter) -> str:
        return str(row.artifact.get("price_date", "not stated"))

    @admin.display(description="digest")
    def digest(self, row: TrainedRouter) -> str:
        return row.router.digest

    @admin.display(description="digest")
    def short_digest(self, row: TrainedRouter) -> str:
        return row.router.digest[:12]

    @admin.display(description="form of the text")
    def weighs(self, row: TrainedRouter) -> SafeString:
        features = sorted(row.router.features, key=lambda each: -abs(each.coefficient))
        return _listed(
            (FEATURES[each.name][0], f"{1000 * each.coefficient:+.1f}")
            for each in features
            if each.coefficient
        )

    @admin.display(description="words that weigh most")
    def words(self, row: TrainedRouter) -> SafeString:
        return _listed((word, f"{1000 * weight:+.0f}") for word, weight in heaviest_words(row.router))


def heaviest_words(router: CoreRouter) -> list[tuple[str, float]]:
    """By what one of them would add to the gain of a text that has no other word."""
    weights = [(word, coefficient) for word, (_, coefficient) in router.words.items() if coefficient]
    return sorted(weights, key=lambda part: (-abs(part[1]), part[0]))[:TOP_WORDS]


def point_in_words(point: Point) -> str:
    quality, low, high = (part / MICRO for part in (point.quality, point.low, point.high))
    return (
        f"{point.strong_share / 10:.0f} % strong, quality {quality:.3f} ({low:.3f} to {high:.3f}), "
        f"{point.cost_nano / NANO_PER_USD:.6f} USD a request"
    )


def _listed(parts: Any) -> SafeString:
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", parts))
