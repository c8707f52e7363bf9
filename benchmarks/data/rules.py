"""The 48 rules of the benchmark, as every contender is told them: (kind, column, arguments).

`null` and `unique` have no arguments, `range` and `moments` have two closed ends, `values` lists
what is allowed, `pattern` matches from the first character on, `length` counts characters,
`not_less` names the column that it must not be less than. Some are broken by the frame: all
contenders must count the same rows.
"""

from typing import Any

COLUMNS = (
    *(f"f{n}" for n in range(7)),
    *(f"i{n}" for n in range(5)),
    *(f"s{n}" for n in range(6)),
    "b0",
    "t0",
)
RANGES = {
    "f0": (-4, 4),
    "f1": (0, 50),
    "f2": (-12, 12),
    "f3": (0, 1),
    "f4": (0, 12),
    "f5": (-3.5, 3.5),
    "f6": (-4, 4),
    "i0": (0, 1),
    "i1": (0, 9),
    "i2": (0, 98),
    "i3": (0, 9_999),
    "i4": (0, 999_989),
}
SETS: dict[str, tuple[Any, ...]] = {
    "i0": (0, 1),
    "i1": tuple(range(10)),
    "s0": ("cat_0", "cat_1"),
    "s1": tuple(f"cat_{n}" for n in range(10)),
    "s2": tuple(f"cat_{n}" for n in range(99)),
}
PATTERNS = {
    **{f"s{n}": r"^cat_[0-9]+$" for n in range(4)},
    "s4": r"^cat_[0-9]{2,5}$",
    "s5": r"^id-[0-9]{9}$",
}
RULES: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    *(("null", name, ()) for name in COLUMNS),
    *(("range", name, ends) for name, ends in RANGES.items()),
    *(("values", name, allowed) for name, allowed in SETS.items()),
    *(("pattern", name, (form,)) for name, form in PATTERNS.items()),
    ("length", "s4", (6, 9)),
    ("length", "s5", (12, 12)),
    ("unique", "s5", ()),
    ("moments", "t0", ("2024-01-01T00:00:00", "2024-12-29T00:00:00")),
    ("not_less", "i3", ("i1",)),
)
