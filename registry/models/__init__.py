"""The registry's tables. Governed rows steer decisions through releases; consumers are live."""

from registry.models.access_token import AccessToken, TokenScope
from registry.models.certification import Certification, CertificationKind, Standing
from registry.models.checklist import ChecklistItem, ChecklistRule, Slot
from registry.models.consumers import ApiKey, Application, Scope, Team, default_scopes
from registry.models.credential import Credential, CredentialKind
from registry.models.data_class import DataClass, DataKind
from registry.models.deployment import Deployment, Dialect
from registry.models.drift import Drift
from registry.models.emergency import MAX_EMERGENCIES_A_DAY, BrokenGlass
from registry.models.kinds import NoticeKind
from registry.models.matrix import Decision, MatrixCell
from registry.models.membership import TeamMembership, TeamRole
from registry.models.model import Capability, Lifecycle, Model, ModelVersion, OnDrift, RiskRating, Tier
from registry.models.notice import Notice
from registry.models.price import Price
from registry.models.proposal import (
    Approval,
    BreakGlassReview,
    Delegation,
    Permit,
    Proposal,
    ProposalArea,
    ProposalEdit,
    ProposalState,
    Source,
    Verdict,
)
from registry.models.provider import Provider
from registry.models.release import Pointer, Release
from registry.models.retirement import RetirementWarning
from registry.models.review import Area, ReviewRule
from registry.models.rollback import Drill, RollbackPlan
from registry.models.suspension import Suspension
from registry.models.user import User
from registry.models.webhook import Webhook

__all__ = [
    "MAX_EMERGENCIES_A_DAY",
    "AccessToken",
    "ApiKey",
    "Application",
    "Approval",
    "Area",
    "BreakGlassReview",
    "BrokenGlass",
    "Capability",
    "Certification",
    "CertificationKind",
    "ChecklistItem",
    "ChecklistRule",
    "Credential",
    "CredentialKind",
    "DataClass",
    "DataKind",
    "Decision",
    "Delegation",
    "Deployment",
    "Dialect",
    "Drift",
    "Drill",
    "Lifecycle",
    "MatrixCell",
    "Model",
    "ModelVersion",
    "Notice",
    "NoticeKind",
    "OnDrift",
    "Permit",
    "Pointer",
    "Price",
    "Proposal",
    "ProposalArea",
    "ProposalEdit",
    "ProposalState",
    "Provider",
    "Release",
    "RetirementWarning",
    "ReviewRule",
    "RiskRating",
    "RollbackPlan",
    "Scope",
    "Slot",
    "Source",
    "Standing",
    "Suspension",
    "Team",
    "TeamMembership",
    "TeamRole",
    "Tier",
    "TokenScope",
    "User",
    "Verdict",
    "Webhook",
    "default_scopes",
]
