"""What may be asked of a model: to chat, or something else.

A deployment does what its capabilities name. One that names none of the others chats, so a model for
embeddings is never a candidate of a conversation, and a model for conversations needs no word for it.
"""

CHAT = "chat"
EMBEDDINGS = "embeddings"
MODERATIONS = "moderations"
IMAGES = "images"
TRANSCRIPTIONS = "transcriptions"
SPEECH = "speech"
OTHERS = frozenset((EMBEDDINGS, MODERATIONS, IMAGES, TRANSCRIPTIONS, SPEECH))


def serves(capabilities: frozenset[str], operation: str) -> bool:
    """Whether a deployment with `capabilities` does `operation`."""
    return operation in capabilities or (operation == CHAT and capabilities.isdisjoint(OTHERS))
