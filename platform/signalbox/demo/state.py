"""What a demo keeps between two starts: its secrets, logins and ports, in one file that only its owner reads.

Standard library only: the supervisor reads it before anything heavier is imported.
"""

import base64
import json
import os
import secrets
import shutil
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path

from signalbox.errors import DataDirectoryUnusable

CHECKOUT = Path(__file__).resolve().parent.parent.parent.parent
FILE_NAME = "demo.json"
# Everything that a demo makes under its directory; `--reset` removes these and nothing else.
MADE = (
    FILE_NAME,
    "signalbox.sqlite3",
    "signalbox.sqlite3-wal",
    "signalbox.sqlite3-shm",
    "beat-schedule*",
    "valkey",
    "logs",
)
LOGINS = ("admin", "author", "approver", "auditor")


def data_directory() -> Path:
    """SIGNALBOX_DATA_DIR, or `.data` of the checkout, or of the current directory without a checkout."""
    home = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path.cwd()
    return Path(os.environ.get("SIGNALBOX_DATA_DIR") or home / ".data").absolute()


@dataclass
class State:
    """The content of demo.json."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    field_key: str = field(default_factory=lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    valkey_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    passwords: dict[str, str] = field(
        default_factory=lambda: {login: secrets.token_urlsafe(12) for login in LOGINS}
    )
    api_key: str = ""  # filled in by the seed, which is the only one to see it
    small_budget_key: str = ""
    valkey_port: int = 0
    provider_port: int = 0
    web_port: int = 0

    def environment(self) -> dict[str, str]:
        """What the demo's processes, and `./run manage`, run under."""
        provider = f"127.0.0.1:{self.provider_port}"
        allowed = os.environ.get("SIGNALBOX_INSECURE_ENDPOINT_HOSTS", "")
        own_server = f"redis://:{self.valkey_password}@127.0.0.1:{self.valkey_port}/0"
        return {
            "DJANGO_SETTINGS_MODULE": "signalbox.settings",
            "SIGNALBOX_DEMO": "true",
            "SIGNALBOX_DATA_DIR": str(data_directory()),
            "SIGNALBOX_SECRET_KEY": os.environ.get("SIGNALBOX_SECRET_KEY") or self.secret_key,
            "SIGNALBOX_FIELD_KEYS": os.environ.get("SIGNALBOX_FIELD_KEYS") or self.field_key,
            "SIGNALBOX_INSECURE_ENDPOINT_HOSTS": f"{allowed},{provider}".strip(","),
            "REDIS_URL": os.environ.get("REDIS_URL") or own_server,
            "PYTHONUNBUFFERED": "1",
        }


def prepare(directory: Path) -> None:
    """Make the directory, or tighten it, so that nobody else reads it; raises DataDirectoryUnusable."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(directory.stat().st_mode) != 0o700:
            directory.chmod(0o700)
        (directory / "logs").mkdir(mode=0o700, exist_ok=True)
        probe = directory / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise DataDirectoryUnusable(
            f"{directory} can't be used: {error.strerror}. It must belong to the user who runs the demo "
            f"(uid {os.getuid()}); give it away with chown, remove it, or set SIGNALBOX_DATA_DIR."
        ) from error


def load(directory: Path) -> State | None:
    """The state that was saved, or None before the first start; raises DataDirectoryUnusable."""
    path = directory / FILE_NAME
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return State(**saved)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DataDirectoryUnusable(f"{path} can't be read ({error}); start over with --reset.") from error


def save(directory: Path, state: State) -> None:
    """Replace the file whole, readable by its owner alone."""
    draft = directory / f"{FILE_NAME}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file, indent=1)
    draft.replace(directory / FILE_NAME)


def reset(directory: Path) -> None:
    """Remove what a demo made, and leave whatever else lies there."""
    for path in [found for pattern in MADE for found in directory.glob(pattern)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
