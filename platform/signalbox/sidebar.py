"""The look of the admin: django-unfold's settings, with the sidebar grouped by what people come to do."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

INBOX = "admin:registry_inbox"
MAX_BADGE = 99

# (group, ((title, symbol, URL name, permission), …)): what a person may not see is left out.
GROUPS = (
    (
        "",
        (
            ("Overview", "space_dashboard", "admin:index", ""),
            ("Inbox", "inbox", INBOX, ""),
            ("Requests", "receipt_long", "admin:audit_request_changelist", "audit.view_request"),
            ("Batches", "stacks", "admin:routing_batch_changelist", "routing.view_batch"),
            ("Files of batches", "draft", "admin:routing_storedfile_changelist", "routing.view_storedfile"),
            ("Health", "monitor_heart", "admin:routing_health", "registry.view_deployment"),
            (
                "Answers to review",
                "approval_delegation",
                "admin:routing_heldanswer_changelist",
                "routing.view_heldanswer",
            ),
            ("Shares", "donut_small", "admin:routing_shares", "audit.view_request"),
        ),
    ),
    (
        "Registry",
        (
            ("Compliance matrix", "grid_on", "admin:registry_matrix", "registry.view_matrixcell"),
            ("Providers", "domain", "admin:registry_provider_changelist", "registry.view_provider"),
            ("Models", "neurology", "admin:registry_model_changelist", "registry.view_model"),
            ("Versions", "tag", "admin:registry_modelversion_changelist", "registry.view_modelversion"),
            (
                "Checklists",
                "checklist",
                "admin:registry_checklistrule_changelist",
                "registry.view_checklistrule",
            ),
            ("Retirements", "event_busy", "admin:registry_retirements", "registry.view_modelversion"),
            ("Deployments", "dns", "admin:registry_deployment_changelist", "registry.view_deployment"),
            ("Prices", "sell", "admin:registry_price_changelist", "registry.view_price"),
            ("Catalogue", "library_books", "admin:registry_catalog", "registry.view_price"),
            ("Data classes", "shield_lock", "admin:registry_dataclass_changelist", "registry.view_dataclass"),
            ("Matrix cells", "rule", "admin:registry_matrixcell_changelist", "registry.view_matrixcell"),
            (
                "Certifications",
                "verified",
                "admin:registry_certification_changelist",
                "registry.view_certification",
            ),
            (
                "Credentials",
                "key_vertical",
                "admin:registry_credential_changelist",
                "registry.view_credential",
            ),
        ),
    ),
    (
        "Policies",
        (
            ("Routing policies", "alt_route", "admin:routing_policy_changelist", "routing.view_policy"),
            (
                "Detection rules",
                "document_search",
                "admin:routing_detectionrule_changelist",
                "routing.view_detectionrule",
            ),
            ("Tasks", "task_alt", "admin:routing_task_changelist", "routing.view_task"),
            (
                "Prompts",
                "chat",
                "admin:routing_prompttemplate_changelist",
                "routing.view_prompttemplate",
            ),
            ("Simulator", "science", "admin:routing_simulate", "routing.view_policy"),
            ("Failover drills", "crisis_alert", "admin:routing_failover", "routing.view_policy"),
            ("Playground", "sports_esports", "admin:routing_playground", "routing.use_playground"),
            ("Experiments", "labs", "admin:routing_experiments", "routing.view_policy"),
            ("Data flow", "account_tree", "admin:routing_data_flow", "registry.view_matrixcell"),
            ("Answers given again", "cached", "admin:routing_cachehit_changelist", "routing.view_cachehit"),
            (
                "Near answers",
                "compare",
                "admin:routing_cachecomparison_changelist",
                "routing.view_cachecomparison",
            ),
            ("Purges", "mop", "admin:routing_cachepurge_changelist", "routing.view_cachepurge"),
        ),
    ),
    (
        "Evaluation",
        (
            (
                "Evaluation sets",
                "fact_check",
                "admin:evaluation_evaluationset_changelist",
                "evaluation.view_evaluationset",
            ),
            (
                "Runs of models",
                "speed",
                "admin:evaluation_modelrun_changelist",
                "evaluation.view_modelrun",
            ),
            (
                "Measured qualities",
                "star_half",
                "admin:routing_measuredquality_changelist",
                "routing.view_measuredquality",
            ),
            (
                "Trained routers",
                "conversion_path",
                "admin:routing_trainedrouter_changelist",
                "routing.view_trainedrouter",
            ),
        ),
    ),
    (
        "Releases",
        (
            ("Proposals", "rate_review", "admin:registry_proposal_changelist", "registry.view_proposal"),
            ("Releases", "history", "admin:registry_release_changelist", "registry.view_release"),
            ("What was in force", "event", "admin:registry_release_in_force", "registry.view_release"),
            ("Delegations", "handshake", "admin:registry_delegation_changelist", "registry.view_delegation"),
            (
                "Who must agree",
                "how_to_vote",
                "admin:registry_reviewrule_changelist",
                "registry.view_reviewrule",
            ),
            (
                "Suspensions",
                "front_hand",
                "admin:registry_suspension_changelist",
                "registry.view_suspension",
            ),
            ("Drift", "difference", "admin:registry_drift_changelist", "registry.view_drift"),
        ),
    ),
    (
        "Consumers",
        (
            ("Teams", "groups", "admin:registry_team_changelist", "registry.view_team"),
            ("Applications", "apps", "admin:registry_application_changelist", "registry.view_application"),
            ("API keys", "vpn_key", "admin:registry_apikey_changelist", "registry.view_apikey"),
        ),
    ),
    (
        "Budgets",
        (
            ("Budgets", "savings", "admin:billing_budget_changelist", "billing.view_budget"),
            ("Ledger", "account_balance", "admin:billing_ledgerentry_changelist", "billing.view_ledgerentry"),
        ),
    ),
    (
        "Register",
        (
            ("Attempts", "call_made", "admin:audit_attempt_changelist", "audit.view_attempt"),
            ("Feedback", "thumbs_up_down", "admin:audit_feedback_changelist", "audit.view_feedback"),
            ("Entries", "menu_book", "admin:audit_entry_changelist", "audit.view_entry"),
        ),
    ),
    (
        "People",
        (
            ("Users", "person", "admin:registry_user_changelist", "registry.view_user"),
            ("Roles", "badge", "admin:auth_group_changelist", "auth.view_group"),
            (
                "Team members",
                "group_add",
                "admin:registry_teammembership_changelist",
                "registry.view_teammembership",
            ),
            ("My access tokens", "passkey", "admin:registry_accesstoken_changelist", ""),
        ),
    ),
    (
        "Notices",
        (
            ("Outbox", "outbox", "admin:registry_notice_changelist", "registry.view_notice"),
            ("Webhooks", "webhook", "admin:registry_webhook_changelist", "registry.view_webhook"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that hold something this person may see; the entry of the page they are on is active."""
    groups: list[dict[str, Any]] = []
    for title, entries in GROUPS:
        items = [item for entry in entries if (item := _item(request, *entry))]
        if items:
            groups.append({"title": title, "separator": bool(title), "items": items})
    links = [item["link"] for group in groups for item in group["items"]]
    here = _nearest(request.path, links)
    for group in groups:
        for item in group["items"]:
            item["active"] = item["link"] == here
    return groups


def _nearest(path: str, links: list[str]) -> str:
    """The longest link that leads to the page or above it; the overview is above nothing."""
    above = (link for link in links if path == link or (path.startswith(link) and link != links[0]))
    return max(above, key=len, default="")


def _item(
    request: HttpRequest, title: str, icon: str, url_name: str, permission: str
) -> dict[str, Any] | None:
    if permission and not request.user.has_perm(permission):
        return None
    try:
        item = {"title": title, "icon": icon, "link": reverse(url_name)}
    except NoReverseMatch:  # its app registers no admin for it
        return None
    return {**item, **_badge(request)} if url_name == INBOX else item


def _badge(request: HttpRequest) -> dict[str, Any]:
    """How much waits in the inbox; nothing where nothing does."""
    from registry import inbox
    from registry.models import User

    waiting = inbox.count(request.user) if isinstance(request.user, User) else 0
    if not waiting:
        return {}
    return {"badge": waiting if waiting <= MAX_BADGE else f"{MAX_BADGE}+", "badge_variant": "primary"}


def _lists(request: HttpRequest) -> str:
    return static("signalbox/lists.css")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Signalbox",
    "SITE_HEADER": "Signalbox",
    "SITE_SYMBOL": "railway_alert",
    "SITE_URL": None,
    "STYLES": [_lists],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "signalbox.sidebar.navigation",
    },
}
