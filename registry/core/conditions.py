"""The vocabulary of what must hold before data of a class may go to a deployment. Closed: the rest denies.

Of the request, judged with it:

no_tools, no_images, no_stream      it does not use it
application:<name>, team:<name>     it comes from there; several of one kind are alternatives
max_input_tokens:<n>                its estimate is at most n

Of the deployment, judged by registry.core.assurance ("/" stands between alternatives):

country:<cc>/…                      it runs in one of these countries
jurisdiction:<cc>/…                 its provider is under no other law than of these countries
zero_retention, no_training         its provider keeps nothing, and trains on nothing
certification:<kind>/…              a certification or agreement of one of these kinds is in force
"""

from functools import lru_cache

from registry.core.countries import COUNTRIES, GROUPS, expanded

REQUEST_PLAIN = ("no_tools", "no_images", "no_stream")
REQUEST_NAMED = ("application", "team")
DEPLOYMENT_PLAIN = ("zero_retention", "no_training")
PLACES = ("country", "jurisdiction")
CERTIFICATION = "certification"
MAX_INPUT_TOKENS = "max_input_tokens"
MAX_NUMBER_CHARS = 12
MAX_PARSED = 4_096

Parsed = tuple[str, tuple[str, ...]]


@lru_cache(maxsize=MAX_PARSED)
def parsed(condition: str) -> Parsed | None:
    """The kind and its values; None for what this version does not know."""
    kind, colon, value = condition.partition(":")
    if not colon:
        return (kind, ()) if kind in REQUEST_PLAIN or kind in DEPLOYMENT_PLAIN else None
    if kind in REQUEST_NAMED:
        return (kind, (value,)) if value else None
    if kind == MAX_INPUT_TOKENS:
        return (kind, (value,)) if _is_number(value) else None
    values = tuple(value.split("/"))
    if kind == CERTIFICATION:
        return (kind, values) if all(values) else None
    return (kind, values) if kind in PLACES and COUNTRIES.issuperset(values) else None


def written_out(condition: str) -> str:
    """With a group of countries as its members, as releases hold it: what a law's group is may change."""
    kind, _, value = condition.partition(":")
    codes = value.split("/")
    if kind not in PLACES or not COUNTRIES.union(GROUPS).issuperset(codes):
        return condition
    return f"{kind}:{'/'.join(expanded(codes))}"


def is_known(condition: str) -> bool:
    return parsed(condition) is not None


def is_of_deployment(condition: str) -> bool:
    """Whether it is judged without the request. What is unknown is of neither."""
    found = parsed(condition)
    return found is not None and found[0] in (*DEPLOYMENT_PLAIN, *PLACES, CERTIFICATION)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_CHARS
