"""What the demo's real providers are called at, as their documentation writes it."""

import pytest
from signalbox.demo.real import PROVIDERS

from routing.adapters import get
from routing.adapters.contract import Target

DOCUMENTED = {
    "openai": "https://api.openai.com/v1/chat/completions",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/models/{model}:generateContent",
}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.dialect)
def test_a_real_provider_is_called_at_its_documented_url(provider) -> None:
    model = provider.models[0]
    target = Target(provider.base_url, model.upstream_id, 100, "a-key")
    request = {"model": model.name, "messages": [{"role": "user", "content": "hi"}]}
    prepared = get(provider.dialect).prepare(request, target, stream=False)
    assert prepared.url == DOCUMENTED[provider.dialect].format(model=model.upstream_id)
