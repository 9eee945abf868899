"""How prices beyond the plain ones are written: bands and pictures, as stored and as people write them.

A band is stored as {"above_input_tokens": 200000, "from": "16:30", "to": "00:30", "batch": true,
"factor": "0.5", "usd": {"input": "10"}}, each part where it is set, and written in one line:

    above 200000 input tokens: input 10, output 37.5
    from 16:30 to 00:30 UTC: input 0.135, output 0.55
    batch: factor 0.5
    service tier priority: input 3.5

A picture is stored as {"size": "1024x1024", "quality": "high", "usd": "0.167"} and written
`1024x1024 high: 0.167`; `any` stands for whichever. Amounts are decimals with at most nine places.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

NANO = 1_000_000_000
MILLION = 1_000_000
MAX_ROWS = 20
MAX_USD = Decimal(1_000_000)
MAX_FACTOR = Decimal(100)
MAX_INPUT_TOKENS = 100_000_000
ANY = "any"

# Kind → the column of a price row; what is in a band by its kind.
COLUMNS: Mapping[str, str] = {
    "input": "input_usd_per_mtok",
    "output": "output_usd_per_mtok",
    "cache_read": "cache_read_usd_per_mtok",
    "cache_write": "cache_write_usd_per_mtok",
    "cache_write_1h": "cache_write_1h_usd_per_mtok",
    "reasoning": "reasoning_usd_per_mtok",
    "audio_input": "audio_input_usd_per_mtok",
    "audio_output": "audio_output_usd_per_mtok",
    "image_input": "image_input_usd_per_mtok",
    "image_output": "image_output_usd_per_mtok",
    "audio": "audio_usd_per_hour",
    "characters": "characters_usd_per_mchar",
    "request": "request_usd",
}
_TOKENS = re.compile(r"above (\d{1,9}) input tokens")
_WINDOW = re.compile(r"from (\d\d:\d\d) to (\d\d:\d\d) UTC")
_TIER = re.compile(r"service tier ([a-z0-9_-]{1,32})")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_PARTS = frozenset({"above_input_tokens", "from", "to", "batch", "service_tier", "factor", "usd"})


def bands_checked(value: Any) -> list[dict[str, Any]]:
    """The bands as they are stored, each amount in one form. Raises ValueError with a sentence."""
    return [_band(part) for part in _rows(value, "bands")]


def pictures_checked(value: Any) -> list[dict[str, Any]]:
    """As `bands_checked`, of pictures; no two rows say the same size and quality."""
    rows = [_picture(part) for part in _rows(value, "pictures")]
    names = [(row["size"], row["quality"]) for row in rows]
    if len(set(names)) < len(names):
        raise ValueError("A size and quality is priced twice.")
    return rows


def bands_nano(bands: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As a release holds them: integers alone."""
    return [_band_nano(band) for band in bands]


def pictures_nano(pictures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"size": row["size"], "quality": row["quality"], "nano": to_nano(Decimal(row["usd"]))}
        for row in pictures
    ]


def lines_of_nano(part: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a release holds under `part` (“bands” or “pictures”), in the lines that people write."""
    if part == "pictures":
        return [picture_line({**row, "usd": _usd(row["nano"])}) for row in rows]
    return [band_line(_band_of_nano(row)) for row in rows]


def band_line(band: Mapping[str, Any]) -> str:
    """One band as people write it."""
    when = ["batch"] if band.get("batch") else []
    if "service_tier" in band:
        when.append(f"service tier {band['service_tier']}")
    if "above_input_tokens" in band:
        when.append(f"above {band['above_input_tokens']} input tokens")
    if "from" in band:
        when.append(f"from {band['from']} to {band['to']} UTC")
    amounts = [f"factor {band['factor']}"] if "factor" in band else []
    amounts += [f"{_said(kind)} {usd}" for kind, usd in band.get("usd", {}).items()]
    return f"{' '.join(when)}: {', '.join(amounts)}"


def picture_line(row: Mapping[str, Any]) -> str:
    return f"{row['size'] or ANY} {row['quality'] or ANY}: {row['usd']}"


def band_from(line: str) -> dict[str, Any]:
    """The band that `band_line` wrote. Raises ValueError with a sentence."""
    head, amounts = _halves(line)
    band: dict[str, Any] = {}
    if found := _TOKENS.search(head):
        band["above_input_tokens"] = int(found[1])
        head = head.replace(found[0], " ", 1)
    if found := _TIER.search(head):
        band["service_tier"] = found[1]
        head = head.replace(found[0], " ", 1)
    if found := _WINDOW.search(head):
        band["from"], band["to"] = found[1], found[2]
        head = head.replace(found[0], " ", 1)
    left = [word for word in head.split() if word != "and"]
    if left == ["batch"]:
        band["batch"] = True
    elif left:
        raise ValueError(f"“{' '.join(left)}” is no condition of a price.")
    for part in amounts.split(","):
        kind, _, usd = part.strip().rpartition(" ")
        if kind == "factor":
            band["factor"] = usd
        else:
            band.setdefault("usd", {})[kind.replace(" ", "_")] = usd
    return _band(band)


def picture_from(line: str) -> dict[str, Any]:
    head, usd = _halves(line)
    size, quality, *more = [*head.split(), ANY, ANY][: max(2, len(head.split()))]
    if more or not head.split():
        raise ValueError(f"“{head.strip()}” is no size and quality.")
    return _picture(
        {"size": "" if size == ANY else size, "quality": "" if quality == ANY else quality, "usd": usd}
    )


def to_nano(usd: Decimal) -> int:
    """Nano-dollars; exact, because an amount has at most nine decimal places."""
    return int(usd * NANO)


def _halves(line: str) -> tuple[str, str]:
    head, colon, tail = line.rpartition(": ")
    if not colon:
        raise ValueError(f"“{line.strip()}” has no colon and amount.")
    return head, tail.strip()


def _rows(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in value):
        raise ValueError(f"The {what} are a list.")
    if len(value) > MAX_ROWS:
        raise ValueError(f"A price has at most {MAX_ROWS} {what}.")
    return value


def _band(value: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(value) - _PARTS)
    if unknown:
        raise ValueError(f"A band has no “{unknown[0]}”.")
    band: dict[str, Any] = {}
    if value.get("batch"):
        band["batch"] = True
    if value.get("above_input_tokens") is not None:
        band["above_input_tokens"] = _tokens(value["above_input_tokens"])
    if value.get("from") is not None or value.get("to") is not None:
        band["from"], band["to"] = _time(value.get("from")), _time(value.get("to"))
        if band["from"] == band["to"]:
            raise ValueError("A time of day that ends when it begins is no time.")
    if value.get("service_tier") is not None:
        band["service_tier"] = _tier(value["service_tier"])
    if not band:
        raise ValueError("A band needs a condition: a length, a time of day, a service tier, or batch.")
    if value.get("factor") is not None:
        band["factor"] = _amount(value["factor"], MAX_FACTOR, places=6)
    amounts = value.get("usd") or {}
    if not isinstance(amounts, Mapping) or not (amounts or "factor" in band):
        raise ValueError("A band needs an amount.")
    for kind in amounts:
        if kind not in COLUMNS:
            raise ValueError(f"“{_said(str(kind))}” is no kind of price.")
    if amounts:
        band["usd"] = {kind: _amount(amounts[kind]) for kind in COLUMNS if kind in amounts}
    return band


def _picture(value: Mapping[str, Any]) -> dict[str, Any]:
    if set(value) != {"size", "quality", "usd"}:
        raise ValueError("A picture has a size, a quality and an amount.")
    for name in ("size", "quality"):
        if value[name] != "" and not _WORD.fullmatch(str(value[name])):
            raise ValueError(f"“{value[name]}” is no {name}.")
    return {"size": str(value["size"]), "quality": str(value["quality"]), "usd": _amount(value["usd"])}


def _band_nano(band: Mapping[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {
        "rates": {kind: to_nano(Decimal(usd)) for kind, usd in band.get("usd", {}).items()}
    }
    if band.get("batch"):
        value["batch"] = True
    if "service_tier" in band:
        value["service_tier"] = band["service_tier"]
    if "above_input_tokens" in band:
        value["above_input_tokens"] = band["above_input_tokens"]
    if "from" in band:
        value["window"] = [_minutes(band["from"]), _minutes(band["to"])]
    if "factor" in band:
        value["factor_millionths"] = int(Decimal(band["factor"]) * MILLION)
    return value


def _band_of_nano(value: Mapping[str, Any]) -> dict[str, Any]:
    """The band that `_band_nano` was made of."""
    band = {name: value[name] for name in ("batch", "above_input_tokens", "service_tier") if name in value}
    if "window" in value:
        band["from"], band["to"] = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in value["window"])
    if "factor_millionths" in value:
        band["factor"] = f"{(Decimal(value['factor_millionths']) / MILLION).normalize():f}"
    usd = {kind: _usd(value["rates"][kind]) for kind in COLUMNS if kind in value["rates"]}
    return {**band, "usd": usd} if usd else band


def _usd(nano: int) -> str:
    return f"{(Decimal(nano) / NANO).normalize():f}"


def _amount(value: Any, most: Decimal = MAX_USD, *, places: int = 9) -> str:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"“{value}” is no amount.") from None
    if isinstance(value, float) or not amount.is_finite() or not 0 <= amount <= most:
        raise ValueError(f"“{value}” is no amount from 0 to {most}.")
    if amount != amount.quantize(Decimal(1).scaleb(-places)):
        raise ValueError(f"“{value}” has more than {places} decimal places.")
    return f"{amount.normalize():f}"


def _tokens(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_INPUT_TOKENS:
        raise ValueError(f"“{value}” is no number of tokens.")
    return value


def _tier(value: Any) -> str:
    if not isinstance(value, str) or not _TIER.fullmatch(f"service tier {value}"):
        raise ValueError(f"“{value}” is no service tier, such as priority.")
    return value


def _time(value: Any) -> str:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError(f"“{value}” is no time of day, such as 16:30.")
    return value


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _said(kind: str) -> str:
    return kind.replace("_", " ")
