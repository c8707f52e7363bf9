from threading import Event

from infra.twin.periodic import PeriodicThread


def test_the_work_is_done_again_and_again_until_the_stop() -> None:
    """Alarms and schedules are looked at like this."""
    done: list[int] = []
    thrice = Event()

    def work() -> None:
        done.append(1)
        if len(done) == 3:
            thrice.set()

    thread = PeriodicThread("tests", work, every_s=0.001)
    thread.start()
    came = thrice.wait(5)
    thread.stop()

    assert came
    assert len(done) >= 3


def test_a_thread_that_never_started_can_be_stopped() -> None:
    """A bridge is stopped whether the stack came up or not."""
    done: list[int] = []
    PeriodicThread("tests", lambda: done.append(1), every_s=0.001).stop()

    assert done == []
