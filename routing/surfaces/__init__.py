"""The wire forms in which applications speak to the platform, each a pure translation to and from chat.

A request of any surface becomes the chat request that routing.api.wire reads, so every fact, detector and
adapter works for all of them; chat's answer, whole or in chunks, becomes the surface's own. Nothing here
knows Django, a socket or a clock.
"""
