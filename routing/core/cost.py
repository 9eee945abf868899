"""What tokens cost, in integer nano-dollars: exactly for what was used, and at worst for what may be used."""

from routing.core.release import Price

TOKENS_PER_MTOK = 1_000_000


def cost_nano(
    price: Price,
    *,
    input_tokens: int,
    output_tokens: int,
    cache_read_tokens: int = 0,
    cache_write_tokens: int = 0,
) -> int:
    """The cost of one attempt at `price`, rounded up to a nano-dollar once.

    `input_tokens` includes what was read from and written to a cache; a kind that has no price of its own
    costs what input costs. Counts of cached tokens past the input are taken as no more than the input.
    """
    read = min(max(cache_read_tokens, 0), input_tokens)
    written = min(max(cache_write_tokens, 0), input_tokens - read)
    total = (input_tokens - read - written) * price.input_nano_per_mtok
    total += read * _or_input(price.cache_read_nano_per_mtok, price)
    total += written * _or_input(price.cache_write_nano_per_mtok, price)
    total += output_tokens * price.output_nano_per_mtok
    return _per_mtok(total) + price.request_nano


def worst_case_nano(price: Price, *, input_tokens: int, output_tokens: int) -> int:
    """What one attempt costs at most: every input token at the dearest kind of input."""
    dearest = max(
        price.input_nano_per_mtok, price.cache_read_nano_per_mtok or 0, price.cache_write_nano_per_mtok or 0
    )
    return _per_mtok(input_tokens * dearest + output_tokens * price.output_nano_per_mtok) + price.request_nano


def _or_input(kind_nano: int | None, price: Price) -> int:
    return price.input_nano_per_mtok if kind_nano is None else kind_nano


def _per_mtok(total: int) -> int:
    return -(-total // TOKENS_PER_MTOK)
