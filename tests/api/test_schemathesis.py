"""Requests generated from the API's own description: no 5xx, and no answer that it does not describe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stack import Stack

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance"
)


@pytest.mark.stack
@pytest.mark.once
def test_generated_requests_find_no_server_error_and_no_undescribed_answer(
    stack: Stack, tmp_path: Path
) -> None:
    command = [
        *(str(Path(sys.executable).with_name("st")), "run", stack.api_url + "/openapi.json"),
        *("--checks", CHECKS, "--max-examples", "60", "--seed", "7", "--no-color"),
        *("--header", f"authorization: Bearer {stack.keys['main']}", "--request-timeout", "20"),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    environment = {**os.environ, **hooks}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
