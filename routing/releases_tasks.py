"""The sections of a release that say what tasks there are, and which prompts."""

from collections.abc import Iterator
from typing import Any

from audit.core.canonical import canonical_json, sha256_hex
from registry.releases import Document, Finding, error, warning
from registry.selectors import live_release
from routing.core.document import DocumentUnreadable, release_from
from routing.core.prompts import MAX_MESSAGES, MAX_VARIABLES, Prompt, problems_of
from routing.core.release import Release
from routing.core.tasks import MAX_FIELDS
from routing.models import OutputField, PromptTemplate, PromptVariable, Task
from routing.schemas import schema_problem

SECTION = "tasks"


def compile_tasks() -> dict[str, Any]:
    """Tasks by name, prompts that are on by name and version. Without any there is nothing to say, so that a
    release of before there were tasks keeps its digest."""
    tasks = Task.objects.prefetch_related("fields").order_by("name")
    prompts = PromptTemplate.objects.filter(enabled=True).select_related("task")
    prompts = prompts.prefetch_related("variables", "messages").order_by("name", "version")
    parts = {
        "tasks": [_task_value(task) for task in tasks],
        "prompts": [_prompt_value(prompt) for prompt in prompts],
    }
    return {name: values for name, values in parts.items() if values}


def validate_tasks(document: Document, now_us: int) -> Iterator[Finding]:
    """Policies' section says of a document that can't be read that it can't."""
    try:
        release = release_from(0, "", document)
    except DocumentUnreadable:
        return
    for task in release.tasks.values():
        problem = schema_problem(task.output.schema_text) if task.output else None
        if problem:
            yield error("schema_wrong", f"task {task.name}", problem)
        if task.output and len(task.output.fields) > MAX_FIELDS:
            yield error("too_many_fields", f"task {task.name}", f"At most {MAX_FIELDS} output fields.")
    released = _released()
    for prompt in release.prompts.values():
        yield from _prompt_findings(prompt, release, released)


def _prompt_findings(prompt: Prompt, release: Release, released: dict[str, str]) -> Iterator[Finding]:
    subject = f"prompt {prompt.reference}"
    for problem in problems_of(prompt):
        yield error("prompt_wrong", subject, f"{problem[0].upper()}{problem[1:]}.")
    if prompt.task not in release.tasks:
        yield error("task_unknown", subject, f"There is no task {prompt.task}.")
    if sum(map(len, prompt.variants.values())) > MAX_MESSAGES or len(prompt.variables) > MAX_VARIABLES:
        yield error(
            "prompt_too_long", subject, f"At most {MAX_MESSAGES} messages, {MAX_VARIABLES} variables."
        )
    if released.get(prompt.reference, prompt.sha256) != prompt.sha256:
        message = "This version is in force as it was, and records name it: copy it as the next version."
        yield error("version_changed", subject, message)
    families = {deployment.family for deployment in release.deployments.values()}
    for family in sorted(set(prompt.variants) - families - {""}):
        yield warning("family_unknown", subject, f"No deployment is of the family {family}.")


def _released() -> dict[str, str]:
    live = live_release()
    prompts = live.document.get("prompts", ()) if live is not None else ()
    return {prompt["name"]: prompt["sha256"] for prompt in prompts}


def _task_value(task: Task) -> dict[str, Any]:
    if not task.output_schema:
        return {"name": task.name}
    output = {
        "schema": task.output_schema,
        "fields": [_field_value(field) for field in sorted(task.fields.all(), key=lambda each: each.key)],
        "envelopes": task.envelopes,
        "unknown_keys": task.unknown_keys,
        "coerces": task.coerces,
        "asked": task.asked,
    }
    return {"name": task.name, "output": output}


def _field_value(field: OutputField) -> dict[str, Any]:
    return {
        "key": field.key,
        "names": field.names,
        "synonyms": field.synonyms,
        "default": field.default,
    }


def _prompt_value(prompt: PromptTemplate) -> dict[str, Any]:
    """`sha256` is of what is rendered: the variables and the variants."""
    variants: dict[str, list[dict[str, str]]] = {}
    for message in sorted(prompt.messages.all(), key=lambda each: (each.family, each.position)):
        said = {"role": message.role, "content": message.content}
        variants.setdefault(message.family, []).append(said)
    variables = sorted(prompt.variables.all(), key=lambda variable: variable.name)
    says = {"variables": [_variable_value(variable) for variable in variables], "variants": variants}
    return {
        "name": str(prompt),
        "prompt": prompt.name,
        "version": prompt.version,
        "task": prompt.task.name,
        "preview": prompt.preview,
        "sha256": sha256_hex(canonical_json(says)),
        **says,
    }


def _variable_value(variable: PromptVariable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "kind": variable.kind,
        "required": variable.required,
        "max_length": variable.max_length,
        "choices": variable.choices,
    }
