"""Tasks and prompts: written in forms, proposed like every governed row, and compiled into the release."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from governance import carry_out

from registry.documents import changes_of as changes_of_document
from registry.documents import dump, export, parse
from registry.models import Proposal
from registry.releases.compiler import compile_document, validate_document
from registry.services import releases
from registry.wording import in_words
from routing.models import OutputField, PromptMessage, PromptTemplate, PromptVariable, Task
from routing.selectors import compile_release
from routing.services import prompts

pytestmark = pytest.mark.django_db
SCHEMA = json.dumps({"type": "object", "properties": {"amount": {"type": "number"}}})


def rows(prefix, *given):
    counts = {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": 0}
    values = {f"{prefix}-{at}-{name}": value for at, row in enumerate(given) for name, value in row.items()}
    return {**counts, **values}


def added(client, kind, **values):
    return client.post(reverse(f"admin:routing_{kind}_add"), values)


@pytest.fixture
def extract(standard):
    task = Task.objects.create(name="extract", output_schema=SCHEMA, asked=True)
    OutputField.objects.create(task=task, key="amount", names=["total"], synonyms="0 = none", default="0")
    return task


@pytest.fixture
def prompt(extract):
    made = PromptTemplate.objects.create(name="extract-invoice", version=1, task=extract)
    PromptVariable.objects.create(template=made, name="invoice", max_length=1000)
    PromptMessage.objects.create(template=made, position=0, role="system", content="Extract the amount.")
    PromptMessage.objects.create(template=made, position=1, role="user", content="{{invoice}}")
    PromptMessage.objects.create(
        template=made, family="alpha", role="user", content="Amount of {{ invoice }}?"
    )
    return made


def test_a_task_is_written_in_a_form_and_proposed(client, standard):
    values = {"name": "extract", "output_schema": SCHEMA, "unknown_keys": "drop", "envelopes": "result, data"}
    field = {"key": "amount", "names": "total, invoice.total", "synonyms": "1 = one", "default": "0"}
    assert added(client, "task", **values, **rows("fields", field)).status_code == 302
    assert not Task.objects.exists()
    carry_out()
    task = Task.objects.get()
    assert (task.envelopes, task.fields.get().names) == (["result", "data"], ["total", "invoice.total"])


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"output_schema": "{"}, {}, "This is no JSON"),
        ({"output_schema": '{"type": "x"}'}, {}, "This is no JSON Schema"),
        ({"output_schema": '{"$ref": "https://x.example/y"}'}, {}, "x.example"),
        ({"asked": "on"}, {}, "There is no schema that models could be told."),
        ({}, {"key": "a..b"}, "is no path"),
        ({}, {"key": "a", "names": "b[].c"}, "taken out of a list"),
        ({}, {"key": "a", "synonyms": "open"}, "must be a value"),
    ],
)
def test_what_is_wrong_with_a_task_is_said_where_it_is_written(client, standard, values, field, said):
    page = added(
        client, "task", name="t", unknown_keys="drop", **values, **rows("fields", *([field] if field else []))
    )
    assert page.status_code == 200
    assert said in page.content.decode()


def test_a_prompt_is_written_in_a_form_with_its_messages_in_the_order_of_the_page(client, extract):
    variable = {"name": "tone", "kind": "enum", "required": "on", "choices": "formal, friendly"}
    texts = [{"role": "system", "content": "Be {{tone}}."}, {"role": "user", "content": "Hello"}]
    values = {"name": "greet", "version": 1, "task": str(extract.pk), "enabled": "on"}
    answer = added(
        client, "prompttemplate", **values, **rows("variables", variable), **rows("messages", *texts)
    )
    assert answer.status_code == 302, answer.content.decode()
    carry_out()
    made = PromptTemplate.objects.get(name="greet")
    assert [message.content for message in made.messages.order_by("position")] == ["Be {{tone}}.", "Hello"]
    words = str(list(in_words(Proposal.objects.get().change_set)))
    assert "message" in words
    assert "1 of the default variant of greet@1" in words


def test_they_are_in_the_release(prompt):
    document = compile_document().document
    release = compile_release(1, "d", document)
    output = release.tasks["extract"].output
    assert output.asked
    assert output.fields[0].names == (("total",),)
    compiled = release.prompts["extract-invoice@1"]
    assert compiled.variants["alpha"] == (("user", "Amount of {{ invoice }}?"),)
    assert len(compiled.sha256) == 64
    assert not [found for found in validate_document(document, 0) if "prompt" in found.subject]


def test_without_tasks_a_release_is_what_it_was(standard):
    assert not {"tasks", "prompts"} & set(compile_document().document)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"content": "{{other}}"}, "not declared"),
        ({"content": "{{invoice}} {{"}, "begins no variable"),
        ({"content": "nothing"}, "No variant uses"),
        ({"family": "beta"}, "no default variant"),
    ],
)
def test_a_prompt_that_could_not_be_rendered_is_not_released(prompt, change, said):
    prompt.messages.filter(family="").exclude(position=1).delete()
    prompt.messages.filter(family="alpha").delete()
    message = prompt.messages.get()
    for name, value in change.items():
        setattr(message, name, value)
    message.save()
    findings = validate_document(compile_document().document, 0)
    assert any(said in found.message for found in findings if found.code == "prompt_wrong")


def test_a_version_in_force_is_not_edited_but_copied(prompt, author):
    releases.publish(actor=author, reason="first")
    message = prompt.messages.get(family="alpha")
    message.content = "Something else, {{invoice}}"
    message.save()
    codes = {found.code for found in validate_document(compile_document().document, 0)}
    assert "version_changed" in codes
    made = prompts.copy(prompt=prompt, actor=author)
    assert (made.version, made.preview, made.messages.count(), made.variables.count()) == (2, True, 3, 1)


def test_they_are_part_of_the_configuration_document(prompt):
    text = dump(export(), "yaml")
    assert "output_fields:" in text
    assert not changes_of_document(parse(text))


@pytest.mark.parametrize(("kind", "choices"), [("enum", []), ("text", ["a"]), ("enum", [1])])
def test_choices_belong_to_what_is_chosen(prompt, kind, choices):
    with pytest.raises(ValidationError):
        PromptVariable(template=prompt, name="x", kind=kind, choices=choices).full_clean()
