"""The request for a batch, as a type."""

from typing import Literal

from msgspec import Struct


class BatchRequest(Struct):
    """`endpoint` is one of /v1/chat/completions, /v1/responses, /v1/completions, /v1/embeddings and
    /v1/moderations."""

    input_file_id: str
    endpoint: str
    completion_window: Literal["24h"]
    metadata: dict[str, str] | None = None
