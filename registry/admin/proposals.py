from django.contrib import admin

from audit.modeladmin import ReadOnlyAdmin
from registry.admin.bases import GovernedAdmin
from registry.models import Proposal, ReviewRule


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ("number", "title", "state", "author_name", "created_at")
    list_filter = ("state", "source")
    search_fields = ("=number", "title", "author_name")


@admin.register(ReviewRule)
class ReviewRuleAdmin(GovernedAdmin):
    list_display = ("area", "quorum")
