"""Who acts: the signed-in person, as services take them."""

from django.http import HttpRequest

from registry.models import User


def actor_of(request: HttpRequest) -> User:
    """The admin lets nobody else in, so that anything else is a mistake of ours."""
    assert isinstance(request.user, User)
    return request.user
