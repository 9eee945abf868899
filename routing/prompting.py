"""A request with what its task and its prompt say of it, by the release that it is decided under."""

import re
from dataclasses import replace
from typing import Any

from routing.api.errors import ApiError
from routing.api.wire import ChatBody
from routing.ask import Ask
from routing.core.composing import PROMPT
from routing.core.prompts import Prompt, PromptProblem, found, rendered
from routing.core.release import Release

_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")
MAX_SCHEMA_NAME_CHARS = 64


def prompted(release: Release, ask: Ask) -> Ask:
    """The request with its prompt rendered, for every family, and with the schema that its task asks for.

    Raises ApiError where there is no such prompt, or its variables are not what they must be.
    """
    body = ask.body
    if not isinstance(body, ChatBody):
        return ask
    if body.prompt is not None:
        ask = _with_prompt(release, ask, body)
    return _with_schema(release, ask)


def _with_prompt(release: Release, ask: Ask, body: ChatBody) -> Ask:
    assert body.prompt is not None
    asked = body.prompt
    prompt = found(release.prompts, asked.name, asked.version)
    if prompt is None:
        named = asked.name if asked.version is None else f"{asked.name}@{asked.version}"
        raise ApiError("prompt_not_found", f"There is no prompt “{named}”.", param="prompt")
    if ask.labels.task not in ("", prompt.task):
        message = f"The prompt {prompt.name} is for the task {prompt.task}, not for {ask.labels.task}."
        raise ApiError("invalid_request", message, param="x-signalbox-task")
    variants = _variants(prompt, asked.values)
    said = {"id": prompt.name, "version": prompt.version, "variants": variants}
    request = {**body.request, PROMPT: said}
    return replace(ask, body=replace(body, request=request), labels=replace(ask.labels, task=prompt.task))


def _variants(prompt: Prompt, values: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    try:
        return {family: list(messages) for family, messages in rendered(prompt, values).items()}
    except PromptProblem as problem:
        param = "prompt.variables" + (f".{problem.variable}" if problem.variable else "")
        raise ApiError("invalid_request", str(problem), param=param) from problem


def _with_schema(release: Release, ask: Ask) -> Ask:
    """A model is told the schema of its task, unless the request says what its answer is to be."""
    task = release.tasks.get(ask.labels.task)
    request = ask.body.request
    if task is None or task.output is None or not task.output.asked:
        return ask
    if request.get("response_format") or request.get("tools"):
        return ask
    name = _NOT_IN_A_NAME.sub("_", task.name)[:MAX_SCHEMA_NAME_CHARS]
    wanted = {"type": "json_schema", "json_schema": {"name": name, "schema": task.output.schema}}
    return replace(ask, body=replace(ask.body, request={**request, "response_format": wanted}))
