"""The configuration through a file, from one command line to the next release."""

from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from registry_cast import World

from registry.models import Deployment, Proposal, ProposalState, Release, User
from registry.services import releases

pytestmark = pytest.mark.usefixtures("own_section_only")
Cast = dict[str, User]


@pytest.fixture
def live(cast: Cast, world: World) -> World:
    releases.publish(actor=cast["author"], reason="first")
    return world


def run(*arguments: object) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def slower(live: World, tmp_path: Path) -> Path:
    """What is in force, but for one field."""
    file = tmp_path / "signalbox.yaml"
    run("config", "export", "-o", file)
    document = yaml.safe_load(file.read_text())
    document["deployments"]["gpt-eu"]["timeout_s"] = 30
    file.write_text(yaml.dump(document))
    return file


def test_what_is_exported_differs_in_nothing(live: World, tmp_path: Path) -> None:
    file = tmp_path / "signalbox.json"
    run("config", "export", "--format", "json", "-o", file)
    assert run("config", "diff", file) == "Nothing differs.\n"
    assert run("config", "export", "--release", 1) == run("config", "export")


def test_a_difference_is_told_in_words_and_by_the_exit_code(slower: Path) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("config", "diff", str(slower), stdout=out)
    assert left.value.code == 1
    assert out.getvalue() == "changed deployment gpt-eu\n    timeout in seconds: 60 → 30\n"


def test_a_file_becomes_a_release_by_two_people(cast: Cast, slower: Path) -> None:
    told = run(
        "config", "propose", slower, "--author", "author", "--title", "Slower", "--reason", "So.", "--submit"
    )
    assert told == "P1 Slower: submitted, 1 rows.\n"
    shown = run("proposals", "show", 1)
    digest = Proposal.objects.get().digest
    assert digest in shown
    assert "waits for 1 of platform" in shown
    run("proposals", "approve", 1, "--as", "approver", "--digest", digest)
    run("proposals", "apply", 1, "--as", "author")
    assert Deployment.objects.get().timeout_s == 30
    assert Release.objects.count() == 2
    assert "applied" in run("proposals", "list")


@pytest.mark.parametrize("person", ["author", "outsider", "nobody"])
def test_who_may_not_approve_may_not_here_either(cast: Cast, slower: Path, person: str) -> None:
    cast["author"].is_superuser = True
    cast["author"].save()
    run("config", "propose", slower, "--author", "author", "--title", "Slower", "--reason", "So.", "--submit")
    digest = Proposal.objects.get().digest
    with pytest.raises(CommandError):
        run("proposals", "approve", 1, "--as", person, "--digest", digest)
    with pytest.raises(CommandError):
        run("proposals", "apply", 1, "--as", person)
    assert Proposal.objects.get().state == ProposalState.SUBMITTED


def test_a_digest_that_was_not_read_is_refused(cast: Cast, slower: Path) -> None:
    run("config", "propose", slower, "--author", "author", "--title", "Slower", "--reason", "So.", "--submit")
    with pytest.raises(CommandError, match="edited after you looked"):
        run("proposals", "approve", 1, "--as", "approver", "--digest", "0" * 64)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("config", "export", "--release", "9"), "no release 9"),
        (("config", "diff", "/nowhere.yaml"), "can't be read"),
        (("proposals", "show", "9"), "no proposal 9"),
    ],
)
def test_what_is_not_there_is_told(db: None, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*arguments)


def test_an_unreadable_file_proposes_nothing(cast: Cast, live: World, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("signalbox: 1\ndeployments: [")
    with pytest.raises(CommandError, match="can't be read"):
        run("config", "propose", file, "--author", "author", "--title", "Broken")
    assert not Proposal.objects.exists()
