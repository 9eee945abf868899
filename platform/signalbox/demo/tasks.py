"""The demo's tasks: one with a schema of its answer and a prompt, and the names that its rules ask for."""

import json

from registry.models import User
from routing.models import OutputField, PromptMessage, PromptTemplate, PromptVariable, Task
from signalbox.demo.rows import save_as

OWNER = "demo-support"
LABELS = (
    ("extract", "Reads fields out of a document."),
    ("translate", "Another language, the same meaning."),
    ("code", "Writes and explains programs."),
    ("analysis", "Weighs what is known, and says why."),
)
SCHEMA = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "enum": ["billing", "delivery", "technical", "other"]},
        "urgent": {"type": "boolean"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["category", "urgent"],
    "additionalProperties": False,
}
FIELDS = (
    ("category", ["label", "result.category"], "billing = invoice, payment\ntechnical = bug, outage", ""),
    ("urgent", ["is_urgent"], "true = yes, high\nfalse = no, low", "false"),
)
INSTRUCTIONS = (
    "You sort messages of customers for {{team}}. Say which category one is of, and whether it is urgent."
)
VARIABLES: tuple[tuple[str, str, bool, int | None, list[str]], ...] = (
    ("team", "enum", True, None, ["helpdesk", "sales"]),
    ("message", "text", True, 8_000, []),
    ("hints", "list", False, 10, []),
)
MESSAGES = (
    ("", 0, "system", INSTRUCTIONS),
    ("", 1, "user", "Hints:\n{{hints}}\n\nThe message:\n{{message}}"),
    ("demo", 0, "user", INSTRUCTIONS + "\n\n{{hints}}\n\n{{message}}"),
)


def ensure(author: User) -> None:
    """Only where there is no task at all: one that was taken out stays out."""
    if Task.objects.exists():
        return
    for name, description in LABELS:
        save_as(author, Task(name=name, description=description, owner=OWNER))
    task = Task(
        name="sort-tickets",
        description="Which team a message is for, and how soon.",
        owner=OWNER,
        output_schema=json.dumps(SCHEMA, indent=2),
        asked=True,
        envelopes=["result", "answer"],
        unknown_keys="drop",
    )
    save_as(author, task)
    for key, names, synonyms, default in FIELDS:
        save_as(author, OutputField(task=task, key=key, names=names, synonyms=synonyms, default=default))
    prompt = save_as(author, PromptTemplate(name="sort-tickets", task=task, description="The first one."))
    for name, kind, required, max_length, choices in VARIABLES:
        variable = PromptVariable(template=prompt, name=name, kind=kind, choices=choices)
        variable.required, variable.max_length = required, max_length
        save_as(author, variable)
    for family, position, role, content in MESSAGES:
        message = PromptMessage(template=prompt, family=family, position=position, role=role, content=content)
        save_as(author, message)
