"""The yardstick: a bare Django async view under Django's stock ASGI handler, with nothing around it."""

import json

from django.conf import settings

if not settings.configured:
    settings.configure(
        DEBUG=False,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="bench",
        MIDDLEWARE=[],
        LOGGING_CONFIG=None,
    )

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path


async def completion(request: HttpRequest) -> JsonResponse:
    body = json.loads(request.body)
    return JsonResponse({"object": "chat.completion", "model": body["model"], "choices": []})


urlpatterns = [path("v1/chat/completions", completion)]
application = get_asgi_application()
