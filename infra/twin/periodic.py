"""A thread that does the same work again and again until it is stopped."""

from collections.abc import Callable
from threading import Event, Thread

_LONGEST_STOP_S = 5


class PeriodicThread:
    """Does ``work`` after every pause of ``every_s`` seconds, from ``start`` to ``stop``."""

    def __init__(self, name: str, work: Callable[[], object], *, every_s: float) -> None:
        """Nothing runs before the start."""
        self._work = work
        self._every_s = every_s
        self._stopping = Event()
        self._thread = Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; harmless when it was never started."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_LONGEST_STOP_S)

    def _repeat(self) -> None:
        while not self._stopping.wait(self._every_s):
            self._work()
