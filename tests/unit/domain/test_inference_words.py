from loopwright.domain.inference_words import favourable_place


def test_a_bad_outcome_whose_values_say_nothing_takes_the_last_value() -> None:
    """A guess that says it is one."""
    place, reason = favourable_place("default", ["alpha", "beta"])

    assert (place, reason) == (1, "nothing in the names tells, so the last value was taken")
