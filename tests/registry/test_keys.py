from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from registry_cast import World

from audit.models import Entry
from registry.directory import Directory, hash_token
from registry.errors import KeyRevoked
from registry.models import ApiKey, User
from registry.releases.clock import to_us
from registry.selectors import load_directory, read_pointer
from registry.services import keys


def make_key(world: World, **options: object) -> keys.CreatedKey:
    return keys.create(
        actor=None, application=world.application, name="test", clearance=world.restricted, **options
    )


def directory() -> Directory:
    return load_directory(read_pointer().directory_version)


def now_us() -> int:
    return to_us(timezone.now())


def test_a_key_is_stored_as_prefix_and_hash(world: World) -> None:
    created = make_key(world)
    assert created.token == f"sb-{created.key.prefix}-{created.token[-43:]}"
    assert created.key.sha256 == hash_token(created.token)
    assert created.token not in repr(created)


def test_a_key_authenticates_as_its_application(world: World) -> None:
    created = make_key(world, default_data_class=world.public, requests_per_min=5)
    consumer = directory().authenticate(created.token, now_us())
    assert consumer is not None
    assert (consumer.application, consumer.team) == ("invoices", "payments")
    assert (consumer.clearance, consumer.default_data_class) == ("restricted", "public")
    assert consumer.key_sha256 not in repr(consumer)


@pytest.mark.parametrize("change", ["last", "prefix", "short", "long", "space", "empty", "bearer", "unicode"])
def test_anything_but_the_key_is_refused(world: World, change: str) -> None:
    token = make_key(world).token
    wrong = {
        "last": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "prefix": "sb-aaaaaaaaaaaa" + token[15:],
        "short": token[:-1],
        "long": token + "A",
        "space": token[:-1] + "\n",
        "empty": "",
        "bearer": f"Bearer {token}",
        "unicode": token[:-1] + "é",
    }
    assert directory().authenticate(wrong[change], now_us()) is None


def test_known_and_unknown_prefixes_are_compared_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "registry.directory.hmac.compare_digest", lambda a, b: compared.append((a, b)) or a == b
    )
    token = make_key(world).token
    held = directory()
    held.authenticate(token, now_us())
    held.authenticate("sb-aaaaaaaaaaaa" + token[15:], now_us())
    assert [len(expected) for _, expected in compared] == [64, 64]


def test_an_expired_key_is_refused_without_a_reload(world: World) -> None:
    created = make_key(world, expires_at=timezone.now() + timedelta(hours=1))
    held = directory()
    assert held.authenticate(created.token, now_us()) is not None
    assert held.authenticate(created.token, now_us() + 3_600_000_001) is None


def test_a_revoked_key_leaves_the_directory(world: World) -> None:
    created = make_key(world)
    before = read_pointer().directory_version
    keys.revoke(actor=None, key=created.key)
    assert read_pointer().directory_version > before
    assert directory().authenticate(created.token, now_us()) is None


def test_a_key_is_revoked_once(world: World) -> None:
    created = make_key(world)
    keys.revoke(actor=None, key=created.key)
    with pytest.raises(KeyRevoked):
        keys.revoke(actor=None, key=created.key)


@pytest.mark.parametrize("owner", ["application", "team"])
def test_keys_of_what_is_switched_off_are_refused(world: World, owner: str) -> None:
    created = make_key(world)
    row = world.application if owner == "application" else world.application.team
    row.is_active = False
    row.save()
    assert directory().authenticate(created.token, now_us()) is None


def test_unknown_scopes_are_refused(world: World) -> None:
    with pytest.raises(ValidationError):
        make_key(world, scopes=["chat", "everything"])


def test_making_and_revoking_are_in_the_register_with_their_actor(
    world: World, cast: dict[str, User]
) -> None:
    created = make_key(world)
    keys.revoke(actor=cast["boss"], key=created.key)
    entries = {entry.event_type: entry for entry in Entry.objects.all()}
    assert set(entries) >= {"key.created", "key.revoked"}
    assert '"name":"boss"' in entries["key.revoked"].body
    assert created.token not in "".join(entry.body for entry in entries.values())


def test_the_hash_is_in_no_history(world: World) -> None:
    created = make_key(world)
    columns = {field.name for field in ApiKey.history.model._meta.get_fields()}
    assert "sha256" not in columns
    assert ApiKey.history.get(id=created.key.id).prefix == created.key.prefix
