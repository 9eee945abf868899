"""The management API: everything under /api/."""

from django.urls import path, re_path

from registry.api import configuration, emergencies, proposals, releases, suspensions
from registry.api.base import NotThere
from registry.api.openapi import OpenAPI

app_name = "management"

urlpatterns = [
    path("proposals", proposals.Proposals.as_view()),
    path("proposals/<int:number>", proposals.OneProposal.as_view()),
    path("proposals/<int:number>/submit", proposals.Submission.as_view()),
    path("proposals/<int:number>/approve", proposals.Approval.as_view()),
    path("proposals/<int:number>/reject", proposals.Rejection.as_view()),
    path("proposals/<int:number>/withdraw", proposals.Withdrawal.as_view()),
    path("proposals/<int:number>/apply", proposals.Application.as_view()),
    path("proposals/<int:number>/break-glass", emergencies.BreakingGlass.as_view()),
    path("proposals/<int:number>/review", emergencies.Review.as_view()),
    path("proposals/<int:number>/take-up", emergencies.TakingUp.as_view()),
    path("releases", releases.Releases.as_view()),
    path("releases/<int:number>", releases.OneRelease.as_view()),
    path("releases/<int:number>/document", releases.ReleaseDocument.as_view()),
    path("releases/<int:number>/compare/<int:other>", releases.ReleaseComparison.as_view()),
    path("releases/<int:number>/return", releases.Return.as_view()),
    path("config", configuration.Configuration.as_view()),
    path("config/diff", configuration.ConfigurationDifference.as_view()),
    path("suspensions", suspensions.Suspensions.as_view()),
    path("suspensions/<uuid:suspension_id>/lift", suspensions.Lifting.as_view()),
    path("openapi.json", OpenAPI.as_view()),
    re_path(r"", NotThere.as_view()),
]
