"""What a newcomer does: `./run demo`, the lines that it prints, Ctrl-C. Standard library only.

1. The banner comes within a bounded time, and doctor finds nothing broken.
2. The first line answers, the second is refused by the matrix, the third fails over and streams to its end,
   the fourth is at last refused by its budget.
3. After Ctrl-C the exit code is 0 and no process of it is left; nor is one after the supervisor was killed.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = "8765"
START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 20
MAX_SPENDING_CALLS = 60
COMMAND = re.compile(r"^    curl .*?(?=\n\n)", re.M | re.S)


def start(directory: str, output: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "SIGNALBOX_DATA_DIR": directory}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    with output.open("wb") as file:
        process = subprocess.Popen(
            [ROOT / "run", "demo", "--port", PORT], env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + START_TIMEOUT_S
    while "Ctrl-C stops everything" not in output.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise SystemExit(f"The demo did not start:\n{output.read_text()}")
        time.sleep(0.3)
    return process


def ask(command: str) -> str:
    return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=True).stdout


def require(holds: bool, what: str, shown: str = "") -> None:
    print(f"  {'ok  ' if holds else 'FAIL'} {what}", flush=True)
    if not holds:
        raise SystemExit(f"The demo failed: {what}\n{shown}")


def try_the_lines(output: Path) -> None:
    answers, refused, fails_over, escalates, spends = COMMAND.findall(output.read_text())
    shown = ask(answers)
    require('"choices"' in shown, "the first line answers", shown)
    shown = ask(refused)
    require('"data_class_denied"' in shown, "the matrix refuses the second", shown)
    shown = ask(fails_over)
    require("data: [DONE]" in shown and "x-signalbox-attempts: 3" in shown, "the third fails over", shown)
    shown = ask(escalates)
    told = "x-signalbox-attempts: 3" in shown and "x-signalbox-model: demo-frontier" in shown
    require(told, "the fourth is escalated to the dear model", shown)
    for _ in range(MAX_SPENDING_CALLS):
        shown = ask(spends)
        if '"budget_exceeded"' in shown:
            break
    require('"budget_exceeded"' in shown, "the fifth is refused once its budget is spent", shown)


def left_over(directory: str) -> list[str]:
    """Processes that were started with our data directory in their environment (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"SIGNALBOX_DATA_DIR={directory}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [command for command in found if command]


def none_left_within(directory: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while left_over(directory) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not left_over(directory)


def main() -> None:
    directory = tempfile.mkdtemp(prefix="signalbox-demo.")
    output = Path(directory) / "output"
    process = None
    try:
        process = start(directory, output)
        try_the_lines(output)
        environment = {**os.environ, "SIGNALBOX_DATA_DIR": directory}
        doctor = subprocess.run([ROOT / "run", "manage", "doctor"], env=environment, check=False)
        require(doctor.returncode == 0, "doctor finds nothing broken")
        process.send_signal(signal.SIGINT)
        code = process.wait(STOP_TIMEOUT_S)
        require(code == 0, "Ctrl-C stops it", output.read_text())
        require(none_left_within(directory, 1), "nothing is left running", "\n".join(left_over(directory)))
        process = start(directory, output)
        process.kill()
        require(
            none_left_within(directory, 10),
            "a killed parent leaves no orphan",
            "\n".join(left_over(directory)),
        )
    finally:
        if process is not None and process.poll() is None:
            process.kill()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
