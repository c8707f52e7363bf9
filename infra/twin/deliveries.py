"""A queue with worker threads: what EventBridge, SNS and alarms hand over is delivered later."""

import logging
import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import Final

_WORKERS: Final = 4
_LOG = logging.getLogger(__name__)

type Delivery = Callable[[], None]


@dataclass
class DeliveryQueue:
    """Runs deliveries in a few threads; a delivery that raises is logged and kept in ``broken``."""

    name: str
    workers: int = _WORKERS
    broken: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the queue; ``start`` makes the threads."""
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._threads: list[Thread] = []

    def put(self, delivery: Delivery) -> None:
        """Deliver this later."""
        self._queue.put(delivery)

    def start(self) -> None:
        """Start the workers, once."""
        if self._threads:
            return
        for number in range(self.workers):
            thread = Thread(target=self._work, name=f"{self.name}-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def is_idle(self) -> bool:
        """Whether everything that was put is delivered."""
        return self._queue.unfinished_tasks == 0

    def drain(self) -> None:
        """Wait until everything that was put, also meanwhile, is delivered."""
        self._queue.join()

    def stop(self) -> None:
        """Let the workers finish what they do and end."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout=5)
        self._threads.clear()

    def _work(self) -> None:
        while True:
            delivery = self._queue.get()
            try:
                if delivery is None:
                    return
                delivery()
            except Exception as error:  # noqa: BLE001 - a worker outlives every broken delivery
                _LOG.exception("%s: a delivery broke", self.name)
                self.broken.append(error)
            finally:
                self._queue.task_done()
