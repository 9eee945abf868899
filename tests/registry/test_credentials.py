import json
import pickle
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError
from registry_cast import FIELD_KEY, NEWER_FIELD_KEY, make_deployment

from registry.errors import CredentialNotBound, CredentialNotFound, CredentialUnreadable, FieldKeysMissing
from registry.models import Credential
from registry.releases.compiler import compile_document
from registry.services import credentials

SECRET = "sk-not-to-be-seen-anywhere"


@pytest.fixture(autouse=True)
def _forget() -> None:
    credentials.forget()


def stored(name: str = "main", secret: str = SECRET) -> Credential:
    credential = Credential(name=name, kind="stored", hosts=["api.openai.com"])
    return credentials.store(actor=None, credential=credential, secret=secret)


def test_a_stored_secret_comes_back_only_through_resolve(db: None) -> None:
    credential = stored()
    assert credentials.resolve("main", "api.openai.com") == SECRET
    assert SECRET not in repr(credential) + str(credential) + credential.ciphertext


def test_a_secret_is_in_no_history_pickle_or_release(db: None) -> None:
    credential = stored()
    make_deployment(credential=credential)
    history = [
        {field.name: str(getattr(row, field.attname)) for field in row._meta.concrete_fields}
        for row in Credential.history.all()
    ]
    seen = json.dumps(history) + compile_document().text
    assert credential.ciphertext not in seen
    assert pickle.loads(pickle.dumps(credential)).ciphertext == ""


def test_a_fixture_export_of_history_holds_no_ciphertext(db: None) -> None:
    credential = stored()
    assert credential.ciphertext not in serializers.serialize("json", Credential.history.all())


def test_environment_and_file_are_references(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROVIDER_KEY", f"{SECRET}\n")
    (tmp_path / "key").write_text(f"{SECRET}\n")
    hosts = ["api.openai.com"]
    for name, reference in (("env", "PROVIDER_KEY"), ("file", str(tmp_path / "key"))):
        Credential.objects.create(name=name, kind=name, reference=reference, hosts=hosts)
        assert credentials.resolve(name) == SECRET


@pytest.mark.parametrize(("kind", "reference"), [("env", "NOT_SET_ANYWHERE"), ("file", "/nowhere/at/all")])
def test_an_unreadable_reference_says_so(db: None, kind: str, reference: str) -> None:
    Credential.objects.create(name="lost", kind=kind, reference=reference, hosts=["x.example"])
    with pytest.raises(CredentialUnreadable):
        credentials.resolve("lost")


def test_a_credential_goes_to_no_other_host(db: None) -> None:
    stored()
    with pytest.raises(CredentialNotBound):
        credentials.resolve("main", "evil.example")


def test_a_deployment_elsewhere_can_not_use_it(db: None) -> None:
    with pytest.raises(ValidationError, match="not bound"):
        make_deployment(credential=stored(), base_url="https://evil.example/v1")


def test_no_name_is_no_secret_and_an_unknown_name_an_error(db: None) -> None:
    assert credentials.resolve("") == ""
    with pytest.raises(CredentialNotFound):
        credentials.resolve("nobody")


def test_rotation_moves_every_secret_to_the_newest_key(db: None, settings: LazySettings) -> None:
    before = stored().ciphertext
    settings.FIELD_KEYS = [NEWER_FIELD_KEY, FIELD_KEY]
    call_command("rotate_credentials")
    settings.FIELD_KEYS = [NEWER_FIELD_KEY]
    credentials.forget()
    assert credentials.resolve("main") == SECRET
    assert Credential.objects.get().ciphertext != before


def test_nothing_is_stored_without_keys(db: None, settings: LazySettings) -> None:
    settings.FIELD_KEYS = []
    with pytest.raises(FieldKeysMissing):
        stored()


def test_moving_to_a_reference_forgets_the_ciphertext(db: None) -> None:
    credential = stored()
    credential.kind, credential.reference = "env", "PROVIDER_KEY"
    credentials.store(actor=None, credential=credential)
    assert Credential.objects.get().ciphertext == ""


@pytest.mark.django_db
def test_the_database_refuses_a_reference_beside_a_ciphertext() -> None:
    with pytest.raises(IntegrityError):
        Credential.objects.create(name="both", kind="env", reference="X", ciphertext="y", hosts=[])
