"""Generated releases, facts and live inputs: small, tangled, and often hostile."""

from hypothesis import strategies as st

from routing.core.facts import Facts, Health, Live
from routing.core.release import (
    BALANCE_BY,
    Balance,
    Cell,
    CellDecision,
    Condition,
    DataClass,
    Fallback,
    Model,
    Policy,
    Price,
    Rule,
)
from routing.core.routes import Places
from tests.routing.core.builders import NOW_US, deployment, release

CLASSES = {name: DataClass(name, rank) for rank, name in enumerate(("public", "internal", "restricted"))}
MODELS = ("m1", "m2", "m3")
CAPABILITIES = ("tools", "vision", "json_schema")
CELL_CONDITIONS = ("no_tools", "no_stream", "team:t1", "application:a1", "max_input_tokens:500", "unheard_of")

moments = st.sampled_from((None, NOW_US - 1, NOW_US, NOW_US + 1))
class_names = st.sampled_from(sorted(CLASSES))
nano = st.integers(0, 10**11)
cells = st.builds(
    Cell,
    st.sampled_from(CellDecision),
    st.lists(st.sampled_from(CELL_CONDITIONS), max_size=2, unique=True).map(tuple),
    moments,
    moments,
)
prices = st.builds(
    Price,
    st.sampled_from(("p1", "p2")),
    st.just("00" * 32),
    st.sampled_from((0, NOW_US + 1)),
    st.sampled_from((None, NOW_US, NOW_US + 1)),
    nano,
    nano,
    st.none() | nano,
    st.none() | nano,
    st.integers(0, 1_000),
)


@st.composite
def deployments(draw, name):
    return deployment(
        name,
        draw(st.sampled_from(MODELS)),
        version=draw(st.sampled_from(("v1", "v2"))),
        region=draw(st.sampled_from(("eu", "us"))),
        queue=draw(st.sampled_from(("q1", "q2"))),
        lifecycle=draw(st.sampled_from(("approved", "approved", "deprecated", "retired", "proposed"))),
        enabled=draw(st.sampled_from((True, True, True, False))),
        weight=draw(st.integers(0, 5)),
        capabilities=frozenset(draw(st.sets(st.sampled_from(CAPABILITIES)))),
        context_window_tokens=draw(st.sampled_from((500, 100_000))),
        max_output_tokens=draw(st.sampled_from((10, 4_000))),
        image_tokens_bound=draw(st.sampled_from((0, 1_000))),
        prices=tuple(draw(st.lists(prices, max_size=2))),
        cells=draw(st.dictionaries(class_names, cells, max_size=3)),
    )


one_place = st.builds(
    Model,
    st.sampled_from((*MODELS, "unknown")),
    st.sampled_from((None, None, "v1")),
    st.none(),
    st.sampled_from((None, None, "eu")),
)
leaves = one_place | st.builds(Places, one_place, st.integers(2, 4))
routes = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Fallback, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(
            Balance,
            st.lists(st.tuples(inner, st.integers(0, 3)), min_size=1, max_size=3).map(tuple),
            st.sampled_from(BALANCE_BY),
        )
    ),
    max_leaves=6,
)
texts = st.sampled_from(("x", "y", "z"))
conditions = st.one_of(
    st.builds(
        Condition,
        st.sampled_from(("task", "application", "team", "end_user")),
        st.sampled_from(("in", "not_in")),
        st.lists(texts, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        Condition,
        st.sampled_from(("tag", "capability", "keyword")),
        st.sampled_from(("in", "not_in", "all_of")),
        st.lists(texts, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        Condition,
        st.just("data_class"),
        st.sampled_from(("at_least", "at_most")),
        st.tuples(class_names),
    ),
    st.builds(
        Condition,
        st.just("input_tokens"),
        st.sampled_from(("at_least", "at_most")),
        st.tuples(st.integers(0, 1_000)),
    ),
)


@st.composite
def rule_lists(draw):
    count = draw(st.integers(1, 4))
    return tuple(
        Rule(f"r{at}", tuple(draw(st.lists(conditions, max_size=2))), draw(st.none() | routes))
        for at in range(count)
    )


@st.composite
def releases(draw):
    made = [draw(deployments(f"d{at}")) for at in range(draw(st.integers(1, 6)))]
    policy = Policy("std", draw(rule_lists()), max_attempts_per_call=draw(st.integers(1, 3)))
    return release(*made, policies={"std": policy}, data_classes=CLASSES)


names = st.lists(texts, max_size=2, unique=True).map(lambda found: tuple(sorted(found)))
all_facts = st.builds(
    Facts,
    request_id=st.uuids().map(str),
    requested=st.sampled_from(("auto", "auto", "std", *MODELS, "unknown")),
    team=st.sampled_from(("t1", "x")),
    application=st.sampled_from(("a1", "y")),
    api_key=st.just("k"),
    data_class=class_names,
    declared_data_class=st.none() | class_names,
    clearance=st.sampled_from(("restricted", "restricted", "internal", "nonsense")),
    input_tokens=st.integers(0, 600),
    input_tokens_bound=st.integers(600, 5_000),
    max_output_tokens=st.none() | st.integers(1, 5_000),
    choices=st.integers(1, 3),
    images=st.integers(0, 2),
    stream=st.booleans(),
    task=st.sampled_from(("", "x", "y")),
    tags=names,
    needs=st.lists(st.sampled_from(CAPABILITIES), max_size=1).map(tuple),
    keywords=names,
)
healths = st.builds(
    Health,
    st.sampled_from(("closed", "open", "half_open")),
    st.integers(0, 9),
    st.none() | st.integers(1, 999),
)
lives = st.builds(
    Live, st.just(NOW_US), st.dictionaries(st.sampled_from([f"d{at}" for at in range(6)]), healths)
)
