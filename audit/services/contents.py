"""Reading stored content: allowed to few, and never unrecorded."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from audit.contents import decrypt
from audit.core.commitment import commit
from audit.models import Content, Request
from audit.services.entries import actor_of, record

MAX_SHOWN_CHARS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """One slot in clear. `verdict` says whether it is what was committed to."""

    slot: str
    text: str
    verdict: str
    cut: bool


@transaction.atomic
def read(
    *, request: Request, user: AbstractBaseUser | AnonymousUser, commitments: dict[str, str]
) -> list[Said]:
    """The stored content of a request, and a `content.read` entry in the same transaction.

    Whoever calls has checked the permission audit.view_content.
    """
    contents = list(Content.objects.filter(request_id=request.pk).order_by("slot"))
    slots = [content.slot for content in contents]
    record("content.read", {"actor": actor_of(user), "request": str(request.pk), "slots": slots}, request.pk)
    return [_said(request, content, commitments.get(content.slot)) for content in contents]


def _said(request: Request, content: Content, committed: str | None) -> Said:
    clear = decrypt(bytes(content.ciphertext))
    if clear is None:
        return Said(content.slot, "", "No key that is left can read it.", cut=False)
    if request.content_salt is None or committed is None:
        verdict = "There is no commitment to compare it with."
    elif commit(bytes(request.content_salt), content.slot, clear) == committed:
        verdict = "It is what was committed to."
    else:
        verdict = "It is NOT what was committed to."
    text = clear.decode("utf-8", "replace")
    return Said(content.slot, text[:MAX_SHOWN_CHARS], verdict, cut=len(text) > MAX_SHOWN_CHARS)
