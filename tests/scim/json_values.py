"""Strategies: any JSON value, as a body that was parsed holds it."""

from typing import Any

from hypothesis import strategies as st

TEXT = st.text(max_size=12)
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)


def json_values(names: st.SearchStrategy[str] = TEXT, max_leaves: int = 12) -> st.SearchStrategy[Any]:
    """Objects with these names, lists and scalars, nested."""
    return st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=5)),
        max_leaves=max_leaves,
    )


JSON = json_values()
