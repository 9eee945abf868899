"""Generated releases in which everything but the matrix is open, so that the matrix alone decides."""

from dataclasses import replace

from hypothesis import strategies as st

from routing.core.facts import Live
from routing.core.release import (
    Balance,
    Cell,
    CellDecision,
    Certification,
    DataClass,
    Fallback,
    Model,
    Provider,
)
from tests.routing.core.builders import NOW_US, deployment, facts, release, rule

CLASSES = ("public", "internal", "restricted")
KINDS = ("personal", "health")
COUNTRIES = ("DE", "FR", "US", "")
PROVIDERS = ("acme", "other", "unknown")
OF_REQUESTS = ("no_tools", "no_stream", "team:t1", "application:a1", "max_input_tokens:500", "unheard_of")
OF_DEPLOYMENTS = (
    *(
        "zero_retention",
        "no_training",
        "country:de",
        "country:fr/us",
        "jurisdiction:ie",
        "jurisdiction:ie/us",
    ),
    *("certification:soc2", "certification:scc/dpf", "country:", "unheard_of:x"),
)
MAX_DEPLOYMENTS = 4

starts = st.sampled_from((None, NOW_US, NOW_US + 1))
ends = st.sampled_from((None, NOW_US, NOW_US + 1, NOW_US + 2))
approved = st.just(Cell(CellDecision.APPROVED))
cells = st.one_of(
    approved,
    approved,
    st.builds(
        Cell,
        st.just(CellDecision.CONDITIONAL),
        st.lists(st.sampled_from(OF_REQUESTS + OF_DEPLOYMENTS), max_size=2, unique=True).map(tuple),
        starts,
        ends,
    ),
    st.builds(Cell, st.sampled_from((CellDecision.APPROVED, CellDecision.DENIED)), st.just(()), starts, ends),
)
kinds = st.lists(st.sampled_from(KINDS), max_size=2, unique=True).map(tuple)
requirements = st.lists(st.sampled_from(OF_DEPLOYMENTS[:8]), max_size=2, unique=True).map(tuple)
jurisdictions = st.lists(st.sampled_from(("IE", "US")), max_size=2, unique=True).map(tuple)
providers = st.builds(Provider, st.just(""), jurisdictions, st.booleans(), st.booleans())
certifications = st.builds(
    Certification,
    st.just("held"),
    st.sampled_from(("soc2", "scc", "dpf", "iso27001")),
    st.sampled_from(("acme", "other", "")),
    st.sampled_from(("", "", "d0", "d1")),
    st.sampled_from((0, NOW_US, NOW_US + 1)),
    ends,
    st.lists(st.sampled_from(COUNTRIES[:3]), max_size=1).map(tuple),
    kinds,
)
models = st.builds(Model, st.sampled_from([f"m{at}" for at in range(MAX_DEPLOYMENTS)]))
routes = st.recursive(
    models,
    lambda inner: (
        st.builds(Fallback, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(
            Balance,
            st.lists(st.tuples(inner, st.integers(0, 3)), min_size=1, max_size=3).map(tuple),
            st.sampled_from(("weight", "cost")),
        )
    ),
    max_leaves=6,
)


@st.composite
def releases(draw):
    """Every class for every deployment, mostly open; a route of any shape over all of them."""
    made = [
        deployment(
            f"d{at}",
            f"m{at}",
            provider=draw(st.sampled_from(PROVIDERS)),
            country=draw(st.sampled_from(COUNTRIES)),
            region=draw(st.sampled_from(("eu", "us"))),
            cells={name: draw(cells) for name in CLASSES},
        )
        for at in range(draw(st.integers(1, MAX_DEPLOYMENTS)))
    ]
    return release(
        *made,
        rules=(rule(draw(routes)),),
        data_classes={
            name: DataClass(name, rank, False, draw(kinds), draw(requirements))
            for rank, name in enumerate(CLASSES)
        },
        providers={name: replace(draw(providers), name=name) for name in PROVIDERS[:2]},
        certifications=tuple(draw(st.lists(certifications, max_size=4))),
    )


all_facts = st.builds(
    facts,
    request_id=st.uuids().map(str),
    team=st.sampled_from(("t1", "x")),
    application=st.sampled_from(("a1", "y")),
    data_class=st.sampled_from(CLASSES),
    clearance=st.just("restricted"),
    input_tokens=st.sampled_from((100, 600)),
    stream=st.booleans(),
    needs=st.sampled_from(((), ("tools",))),
    residency=st.sampled_from(((), (), ("de",), ("de", "fr"), ("region:eu",), ("jp",), ("region:us", "us"))),
)
lives = st.builds(Live, st.sampled_from((NOW_US - 1, NOW_US, NOW_US + 1, NOW_US + 2)))
