"""A small project to test with: its spec, its record and some rows."""

import random
from typing import Any

from loopwright.domain.dataset import Manifest, Source
from loopwright.domain.run import ProjectRecord
from loopwright.domain.spec import Column, ProjectSpec

COLUMNS = {
    "id": Column(type="integer", min=0),
    "sex": Column(type="category", values=(1, 2)),
    "income": Column(type="number", min=0, max=1_000, max_missing_share=0.5),
    "city": Column(type="category", max_missing_share=1.0),
    "member": Column(type="boolean", max_missing_share=1.0),
    "repaid": Column(type="category", values=("no", "yes")),
}


def a_spec(**changes: Any) -> ProjectSpec:
    """Return the spec of the project `loans`, with some fields changed."""
    document = {
        "project": "loans",
        "question": "Will the loan be paid back?",
        "owner": "Credit team",
        "intended_use": "Orders the applications for a person to read.",
        "affected_people": "People who apply for a loan.",
        "task": "binary",
        "target": "repaid",
        "favourable": "yes",
        "key": "id",
        "protected": ("sex",),
        "columns": COLUMNS,
        **changes,
    }
    return ProjectSpec.model_validate(document)


def a_record(**changes: Any) -> ProjectRecord:
    """Return the project's record in the ledger, with some fields changed."""
    document = {
        "project": "loans",
        "spec": "spec-digest",
        "code": "code-digest",
        "bundle_key": "bundles/b.tar.gz",
        "image": "image:1",
        "salt": "pepper",
        "pushed_at": "2026-01-01T00:00:00+00:00",
        "actor": "ana",
        **changes,
    }
    return ProjectRecord.model_validate(document)


def a_manifest(**changes: Any) -> Manifest:
    """Return the manifest of a version of the project, with some fields changed."""
    document = {
        "project": "loans",
        "digest": "d1",
        "spec": "s1",
        "run": "r1",
        "columns": (),
        "sealed_by": "id",
        "sealed_share": 0.2,
        "training": (),
        "holdout": (),
        "rows": 0,
        "training_rows": 0,
        "holdout_rows": 0,
        "quarantined_rows": 0,
        "buckets": 1,
        "sources": (Source(key="incoming/loans/a.csv", bytes=1),),
        "actor": "ana",
        "registered_at": "2026-01-01T00:00:00+00:00",
        **changes,
    }
    return Manifest.model_validate(document)


def some_rows(count: int, *, first: int = 0) -> list[dict[str, Any]]:
    """Return rows that fit the spec, the same for the same arguments."""
    draw = random.Random(first)  # noqa: S311 - made-up rows
    return [
        {
            "id": first + place,
            "sex": draw.choice((1, 2)),
            "income": draw.choice((None, 0.0, round(draw.uniform(0, 1_000), 2))),
            "city": draw.choice((None, "Köln", 'a "quoted", city', "Rome")),
            "member": draw.choice((None, True, False)),
            "repaid": draw.choice(("no", "yes")),
        }
        for place in range(count)
    ]
