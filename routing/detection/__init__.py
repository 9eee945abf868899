"""Detection: what a text holds besides its words. Pure: the standard library only, no clock, no I/O.

`Scanner` finds, `routing.detection.request` knows where a chat request keeps its texts, `redaction` puts
placeholders and takes them back, `outgoing` does both for answers as they stream. Deliberate disguise
(base64, other alphabets' letters) is not found: this protects people from mistakes, not from each other.
"""
