"""For the command-line run: half of the requests ask for a model that there is, to go all the way."""

from typing import Any

import schemathesis


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    if isinstance(body, dict) and isinstance(body.get("model"), str) and len(repr(body)) % 2:
        body["model"] = "auto"
        body.pop("metadata", None)
    return body
