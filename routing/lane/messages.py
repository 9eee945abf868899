"""What web and worker say to each other over Valkey, as msgpack arrays.

A call goes to the stream of its queue (`LaneCall`); its answer comes back on the pub/sub channel of the web
process that waits (`Frame`s, several in one message); a cancel goes to every worker.
"""

from typing import Any

import msgspec

STREAM_PREFIX = "sb:lane:"  # + queue
GROUP = "workers"
BATCH_QUEUE = "batches."  # + queue: Celery's, of tasks that call that queue's providers
ANSWER_PREFIX = "sb:answer:"  # + web process id
CANCEL_CHANNEL = "sb:cancel"
WORKERS_PREFIX = "sb:workers:"  # + queue: sorted set of worker id → last heartbeat in epoch seconds


class LaneCall(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One governed request, decided and paid for, to be claimed by whichever worker reads it first."""

    request_id: str
    reply_to: str  # id of the web process that waits
    accepted_us: int
    deadline_us: int
    stream: bool
    include_usage: bool
    release: int
    plan: dict[str, Any]  # core.codec value of the Plan
    request: dict[str, Any]  # OpenAI's request of the operation, validated
    claim_values: list[Any]  # audit.writer.REQUEST_COLUMNS
    accepted_body: bytes  # canonical body of `request.accepted`
    ledger_values: list[Any] | None  # billing's `reserved` row, None where the plan costs nothing
    epoch: int | None
    salt: bytes
    who: dict[str, Any]  # the `who` fields that every entry of this request repeats
    store_content: bool
    operation: str = "chat"
    drill: str = ""  # the provider that fails on purpose, for this request alone


class Frame(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One step of an answer.

    kind  payload
    head  JSON object: what serves the request; sent once, before any chunk of a stream
    chunk bytes of one OpenAI chunk object, ready for `data: `
    done  not streamed: bytes of the whole answer. Streamed: the last chunk objects, one a line
          (JSON holds no raw newline); what the client must not see before the finish was committed
    error JSON: {status, code, message, retry_after_s}; after a head it ends a stream that broke

    `meta` comes with `done` and `error` and has the keys of `head` plus cost_nano, attempts,
    input_tokens, output_tokens. Keys of `head`: model, model_version, deployment, provider, attempts,
    fallback (whether it answers in another's stead), unsupported (list of dotted paths, where the
    policy warns), prepared (what was done to the request for this model, in words), normalised (what
    was done to the answer to bring it to its task's output), content_type (of an answer that is no
    JSON).

    `seq` counts the frames of one request from 0. Pub/sub may lose a message, and a stream with a hole must
    never look complete: a reader that sees a gap ends the answer with an error.
    """

    request_id: str
    kind: str
    payload: bytes
    meta: dict[str, Any] | None = None
    seq: int = 0


# A cancel is the request's id in ASCII, published on CANCEL_CHANNEL.
CODE_STALE_RESERVATION = "stale_reservation"  # error frame: counters were rebuilt; reserve again, once

encode_call = msgspec.msgpack.Encoder().encode
decode_call = msgspec.msgpack.Decoder(LaneCall).decode
encode_frames = msgspec.msgpack.Encoder().encode
decode_frames = msgspec.msgpack.Decoder(list[Frame]).decode
