"""Fields by which an application would have an endpoint do more than was decided, whatever it calls itself.

A dialect that passes on what it does not know passes none of these: a gateway behind it would ask a model or
a provider that the matrix knows nothing of, search for what nobody holds money for, or keep what was said.
They are listed as unsupported instead.
"""

from typing import Any

from routing.adapters.fields import goes_unsaid

STEERING = frozenset(
    (
        # who answers: OpenRouter's, LiteLLM's
        *("models", "provider", "route", "preset", "fallbacks", "context_window_fallbacks"),
        *("content_policy_fallbacks", "model_list", "custom_llm_provider", "api_base", "base_url", "api_key"),
        # what is paid beside what is held: searches, and answers that are not given
        *("plugins", "search_parameters", "enable_search", "search_options", "best_of"),
        # what stays at the provider
        "store",
    )
)


def take_out_steering(body: dict[str, Any]) -> tuple[str, ...]:
    """The names of what was taken out of `body`; what asks for nothing stays."""
    if STEERING.isdisjoint(body):
        return ()
    taken = tuple(name for name in body if name in STEERING and _asks(name, body[name]))
    for name in taken:
        del body[name]
    return taken


def _asks(name: str, value: Any) -> bool:
    return bool(value) and not goes_unsaid(name, value)
