"""Writes prompts: the next version of one, as a copy."""

from django.db import transaction
from django.db.models import Max

from registry.models import User
from routing.models import PromptMessage, PromptTemplate, PromptVariable


@transaction.atomic
def copy(*, prompt: PromptTemplate, actor: User | None) -> PromptTemplate:
    """The same texts as the next version, as a preview: what is asked for by name does not change by that."""
    newest = PromptTemplate.objects.filter(name=prompt.name).aggregate(newest=Max("version"))["newest"]
    made = PromptTemplate(name=prompt.name, version=newest + 1, task=prompt.task, preview=True)
    made._history_user = actor
    made.save()
    for variable in prompt.variables.all():
        new = PromptVariable(
            template=made,
            name=variable.name,
            kind=variable.kind,
            required=variable.required,
            max_length=variable.max_length,
            choices=variable.choices,
        )
        new._history_user = actor
        new.save()
    for message in prompt.messages.all():
        copied = PromptMessage(
            template=made,
            family=message.family,
            position=message.position,
            role=message.role,
            content=message.content,
        )
        copied._history_user = actor
        copied.save()
    return made
