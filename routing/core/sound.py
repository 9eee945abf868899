"""How long a recording is at most, from its bytes alone, for the reservation.

Uncompressed sound (WAV) says its rate, and a decoder believes it, so its bytes give its length. Compressed
sound is taken to be as thin as speech codecs make it: what is reserved is more than what is settled.
"""

import struct

THINNEST_BYTES_PER_S = 500  # 4 kbit/s; Opus begins at 6
MIN_WAV_BYTES_PER_S = 1_000
MAX_CHUNKS = 64  # of a WAV file, before its format is found


def longest_s(data: bytes) -> int:
    """An upper bound in whole seconds, at least 1."""
    rate = _wav_bytes_per_s(data) or THINNEST_BYTES_PER_S
    return max(1, -(-len(data) // rate))


def _wav_bytes_per_s(data: bytes) -> int | None:
    """The rate that a PCM file names and that follows from its format; None for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at = 12
    for _ in range(MAX_CHUNKS):
        if len(data) < at + 24:
            return None
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt ":
            kind, channels, samples_per_s, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            rate = channels * samples_per_s * bits // 8
            return rate if kind == 1 and rate >= MIN_WAV_BYTES_PER_S else None
        at += 8 + size + size % 2
    return None
