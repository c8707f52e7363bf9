"""Can the question be answered at all? A simple learner against a dummy, before a job is paid."""

from loopwright.domain.record import Record


class Fold(Record):
    """One fold of a cross-validation: the learner's score and the dummy's on the same rows."""

    train_rows: int
    test_rows: int
    score: float
    dummy_score: float
