"""How long the feasibility gate takes on 48,000 rows of 14 columns.

Run `python -m benchmarks.feasibility [--quick] [--json]`. The frame is generated with the shape of
the Adult census table: six numbers, eight categories of up to 42 values, a quarter of the rows
positive. It is sampled as by default (10,000 rows), and once as a whole. One thread; with --quick
one run each. Only what the gate computes is timed, not the download.
"""

import argparse
import json
import resource
import statistics
import time

import numpy as np

from loopwright.domain.feasibility_trial import Question, SampledRows
from loopwright.domain.noise_ceiling import identical_rows, noise_ceiling
from loopwright.engines.learner import SimpleLearner

SEED = 20_261_123
ROWS = 48_000
KINDS = (9, 16, 7, 15, 6, 5, 2, 42)
SAMPLES = (10_000, ROWS)
REPEATS = 3
LIMIT_SECONDS = 15


def main() -> None:
    """Time the gate and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    frame = generated(ROWS)
    for sampled in SAMPLES[:1] if options.quick else SAMPLES:
        times = [timed(frame, sampled) for _ in range(1 if options.quick else REPEATS)]
        seconds = [wall for wall, _ in times]
        row = {
            "work": f"feasibility of {ROWS} x {len(frame.features)}, {sampled} sampled",
            "ours_s": round(statistics.median(seconds), 2),
            "low_s": round(min(seconds), 2),
            "high_s": round(max(seconds), 2),
            "cpu_s": round(statistics.median(cpu for _, cpu in times), 2),
            "limit_s": LIMIT_SECONDS,
            "ours_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        print(json.dumps(row) if options.json else " | ".join(f"{k} {v}" for k, v in row.items()))


def generated(rows: int) -> SampledRows:
    """Return a frame with the shape of the Adult census table."""
    generator = np.random.default_rng(SEED)
    features = {f"number_{place}": generator.normal(size=rows) for place in range(6)}
    logits = features["number_0"] + features["number_1"] ** 2 - 2.5
    for place, kinds in enumerate(KINDS):
        codes = generator.integers(0, kinds, rows)
        logits = logits + generator.normal(scale=0.5, size=kinds)[codes]
        features[f"category_{place}"] = codes.astype(object)
    target = (generator.random(rows) < 1 / (1 + np.exp(-logits))).astype(int)
    return SampledRows(features, target.astype(object))


def timed(frame: SampledRows, sampled: int) -> tuple[float, float]:
    """Return the wall and processor seconds of one gate over the first rows."""
    features = {name: values[:sampled] for name, values in frame.features.items()}
    rows = SampledRows(features, frame.target[:sampled])
    wall, processor = time.perf_counter(), time.process_time()
    SimpleLearner().try_out(rows, Question("binary", "roc_auc", 5, 2, SEED, 600.0))
    groups = identical_rows(rows.features)
    noise_ceiling(groups, rows.target, task="binary", metric="roc_auc")
    return time.perf_counter() - wall, time.process_time() - processor


if __name__ == "__main__":
    main()
