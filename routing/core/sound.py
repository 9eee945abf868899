"""How long a recording is at most, from its bytes alone, for the reservation.

Uncompressed sound (WAV) says its rate, and a decoder believes it, so its bytes give its length. Compressed
sound is taken to be as thin as speech codecs make it, and as long as its header says where that is longer (as
of silence): what is reserved is more than what is settled.
"""

import struct

THINNEST_BYTES_PER_S = 500  # 4 kbit/s; Opus begins at 6, MP3 at 8
MIN_WAV_BYTES_PER_S = 1_000
MAX_CHUNKS = 64  # of a WAV file, before its format is found
MAX_TOLD_S = 48 * 3600  # what says more of itself says nothing
OPUS_SAMPLES_PER_S = 48_000
MS_PER_S = 1_000


def longest_s(data: bytes) -> int:
    """An upper bound in whole seconds, at least 1."""
    rate = _wav_bytes_per_s(data)
    if rate is not None:
        return max(1, -(-len(data) // rate))
    return max(1, -(-len(data) // THINNEST_BYTES_PER_S), _told_s(data))


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


def _told_s(data: bytes) -> int:
    """What the header of a compressed file says; 0 where it says nothing."""
    try:
        count, per_s = _flac(data) or _ogg(data) or _mp4(data) or _webm(data) or (0, 1)
    except struct.error:  # it ends within its header
        return 0
    seconds = -(-count // per_s) if per_s > 0 else 0
    return min(max(seconds, 0), MAX_TOLD_S)


Length = tuple[int, int] | None  # how many of something there are, and how many of it make a second


def _flac(data: bytes) -> Length:
    if data[:4] != b"fLaC":
        return None
    (packed,) = struct.unpack_from(">Q", data, 18)  # rate in 20 bits, layout in 8, samples in 36
    return packed & 0xF_FFFF_FFFF, packed >> 44


def _ogg(data: bytes) -> Length:
    """By the position that the last page names."""
    if data[:4] != b"OggS":
        return None
    (position,) = struct.unpack_from("<q", data, data.rfind(b"OggS") + 6)
    vorbis = data.find(b"\x01vorbis", 0, 256)
    per_s = struct.unpack_from("<I", data, vorbis + 12)[0] if vorbis >= 0 else OPUS_SAMPLES_PER_S
    return position, per_s


def _mp4(data: bytes) -> Length:
    at = data.find(b"mvhd") if data[4:8] == b"ftyp" else -1
    if at < 0:
        return None
    long = data[at + 4 : at + 5] == b"\x01"
    per_s, count = (
        struct.unpack_from(">IQ", data, at + 24) if long else struct.unpack_from(">II", data, at + 16)
    )
    return count, per_s


def _webm(data: bytes) -> Length:
    """The element `Duration`, in milliseconds unless the file has another scale, which none does."""
    if data[:4] != b"\x1a\x45\xdf\xa3":
        return None
    for mark, form in ((b"\x44\x89\x88", ">d"), (b"\x44\x89\x84", ">f")):
        at = data.find(mark, 0, 4096)
        if at >= 0:
            (ms,) = struct.unpack_from(form, data, at + 3)
            return (int(ms) if 0 <= ms < MAX_TOLD_S * MS_PER_S else 0), MS_PER_S
    return None
