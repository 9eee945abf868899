"""A small change, and how far it has come on its way to the next release."""

from registry_cast import World

from registry.core.changes import ChangeSet
from registry.models import Deployment, Proposal, User
from registry.services import approving, proposals
from registry.services.rehearsal import rehearse

Cast = dict[str, User]


def slower(world: World, timeout_s: int = 30) -> ChangeSet:
    """What changing the deployment's timeout makes."""

    def work() -> None:
        deployment = Deployment.objects.get(pk=world.deployment.pk)
        deployment.timeout_s = timeout_s
        deployment.save()

    return rehearse(work).changes


def submitted(cast: Cast, world: World, timeout_s: int = 30) -> Proposal:
    proposal = proposals.draft(
        author=cast["author"], title="Slower", reason="It needs it.", changes=slower(world, timeout_s)
    )
    return proposals.submit(proposal=proposal, actor=cast["author"])


def approved(cast: Cast, world: World, timeout_s: int = 30) -> Proposal:
    proposal = submitted(cast, world, timeout_s)
    return approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)


def timeout_of(world: World) -> int:
    return Deployment.objects.values_list("timeout_s", flat=True).get(pk=world.deployment.pk)
