"""What the buttons on the page of a proposal do: each is a service call, and answers what happened in words.

Every one of them posts the digest that was read, so that nobody decides on what they have not seen.
"""

from collections.abc import Callable

from django.http import HttpRequest

from registry.admin import drafting
from registry.admin.actor import actor_of
from registry.admin.proposal_forms import BreakGlassForm, DescribeForm, ReasonForm, problems_of
from registry.core.merge import Place
from registry.errors import ChangedSinceReview, NotPermitted, ProposalError
from registry.models import Proposal, ProposalState, User
from registry.services import applying, approving, emergencies, proposals, rebasing

Action = Callable[[HttpRequest, Proposal, User], str]


class FormWrong(ProposalError):
    """The form can't be read."""


def act(request: HttpRequest, proposal: Proposal) -> str:
    """Do what the form asks; what happened, in words.

    Raises RegistryError, ValidationError, IntegrityError (where the database refused it), KeyError for what
    is no action.
    """
    action = ACTIONS[request.POST.get("do", "")]
    if request.POST.get("digest") != proposal.digest:
        raise ChangedSinceReview
    return action(request, proposal, actor_of(request))


def _describe(request: HttpRequest, proposal: Proposal, user: User) -> str:
    _described(request, proposal, user)
    return "Title and reason were saved."


def _submit(request: HttpRequest, proposal: Proposal, user: User) -> str:
    form, described = _described(request, proposal, user)
    submitted = proposals.submit(
        proposal=described,
        actor=user,
        scheduled_for=form.cleaned_data["scheduled_for"],
        expected_digest=described.digest,
    )
    if str(proposal.pk) == request.session.get(drafting.SESSION_KEY):
        drafting.work_on(request, None)
    if submitted.state == ProposalState.SUBMITTED:
        return f"P{proposal.number} was submitted. It waits for whoever decides on what it changes."
    return f"P{proposal.number} needs nobody's approval. {_until_applied(submitted)}"


def _described(request: HttpRequest, proposal: Proposal, user: User) -> tuple[DescribeForm, Proposal]:
    """The form, and the proposal with its title and reason."""
    if not proposals.is_editor(proposal, user):
        raise NotPermitted
    form = DescribeForm(request.POST)
    if not form.is_valid():
        raise FormWrong(problems_of(form))
    title, reason = form.cleaned_data["title"], form.cleaned_data["reason"]
    if (title, reason) == (proposal.title, proposal.reason):
        return form, proposal
    read = proposal.digest
    return form, proposals.edit(
        proposal=proposal, editor=user, title=title, reason=reason, expected_digest=read
    )


def _edit(request: HttpRequest, proposal: Proposal, user: User) -> str:
    """Gather what is saved from now on in it; what is on its way becomes a draft again."""
    if proposal.state != ProposalState.DRAFT or not proposals.is_editor(proposal, user):
        proposal = proposals.edit(proposal=proposal, editor=user)
    drafting.work_on(request, proposal)
    return f"You are working on P{proposal.number}: what you save from now on is gathered in it."


def _set_aside(request: HttpRequest, proposal: Proposal, user: User) -> str:
    drafting.work_on(request, None)
    return f"P{proposal.number} was set aside. You see what is in force again."


def _withdraw(request: HttpRequest, proposal: Proposal, user: User) -> str:
    proposals.withdraw(proposal=proposal, actor=user, reason=request.POST.get("reason", ""))
    return f"P{proposal.number} was withdrawn."


def _approve(request: HttpRequest, proposal: Proposal, user: User) -> str:
    form = _verdict(request)
    approved = approving.approve(
        proposal=proposal, actor=user, digest=proposal.digest, reason=form.cleaned_data["reason"]
    )
    if approved.state == ProposalState.SUBMITTED:
        return f"You approved P{proposal.number}. It waits for others still."
    if approved.state == ProposalState.APPROVED and form.cleaned_data["apply"]:
        return _applied(applying.apply(proposal=approved, actor=user).number, proposal)
    return f"P{proposal.number} is approved. {_until_applied(approved)}"


def _reject(request: HttpRequest, proposal: Proposal, user: User) -> str:
    reason = _verdict(request).cleaned_data["reason"]
    approving.reject(proposal=proposal, actor=user, digest=proposal.digest, reason=reason)
    return f"P{proposal.number} was rejected; its author reads your reason."


def _apply(request: HttpRequest, proposal: Proposal, user: User) -> str:
    return _applied(applying.apply(proposal=proposal, actor=user).number, proposal)


def _take_up(request: HttpRequest, proposal: Proposal, user: User) -> str:
    chosen = {name: value for name, value in request.POST.items() if name.startswith("at ")}
    if any(value not in ("now", "would") for value in chosen.values()):
        raise FormWrong
    kept = [_place(name.removeprefix("at ")) for name, value in chosen.items() if value == "now"]
    again = rebasing.take_up(
        proposal=proposal,
        editor=user,
        digest=proposal.digest,
        seen=request.POST.get("seen", ""),
        kept=kept,
    )
    return f"P{again.number} is a draft of what is in force now. Look at it, and submit it again."


def _break_glass(request: HttpRequest, proposal: Proposal, user: User) -> str:
    form = BreakGlassForm(request.POST)
    if not form.is_valid():
        raise FormWrong(problems_of(form))
    given = form.cleaned_data
    release = applying.break_glass(
        proposal=proposal, actor=user, reason=given["reason"], for_s=given["for_s"]
    )
    if str(proposal.pk) == request.session.get(drafting.SESSION_KEY):
        drafting.work_on(request, None)
    return f"The glass is broken: release {release.number} is in force. It must be reviewed within a day."


def _review(request: HttpRequest, proposal: Proposal, user: User) -> str:
    given = _verdict(request).cleaned_data
    release = emergencies.review(proposal=proposal, reviewer=user, keep=given["keep"], reason=given["reason"])
    if given["keep"]:
        return "You have kept the emergency change."
    if release is None:
        return "You have rejected the emergency change. Nothing of it stands any more."
    return f"You have rejected the emergency change: release {release.number} has taken it back."


def _verdict(request: HttpRequest) -> ReasonForm:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise FormWrong(problems_of(form))
    return form


def _place(written: str) -> Place:
    kind, _, rest = written.partition("|")
    row_id, _, field = rest.partition("|")
    return kind, row_id, field


def _until_applied(proposal: Proposal) -> str:
    if proposal.state == ProposalState.SCHEDULED and proposal.scheduled_for is not None:
        return f"It will be applied on {proposal.scheduled_for:%Y-%m-%d at %H:%M} UTC."
    return "It can be applied now."


def _applied(number: int, proposal: Proposal) -> str:
    return f"P{proposal.number} is in force: release {number}."


ACTIONS: dict[str, Action] = {
    "describe": _describe,
    "submit": _submit,
    "edit": _edit,
    "set_aside": _set_aside,
    "withdraw": _withdraw,
    "approve": _approve,
    "reject": _reject,
    "apply": _apply,
    "take_up": _take_up,
    "break_glass": _break_glass,
    "review": _review,
}
