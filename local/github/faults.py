"""Troubles to order: what the next requests to a path get instead of an answer."""

import re
import threading
import time
from dataclasses import dataclass, field

from .http import Answer


@dataclass(slots=True)
class Fault:
    """Comes over requests whose method and path, "GET /api/v3/user", match as a whole.

    After `seconds`, the answer is one of this status, or the right one where it is 0. `times` counts
    down; a fault that begins with -1 stays.
    """

    match: str
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    times: int = -1


class Faults:
    """All that is ordered, the latest first."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> None:
        """Have a fault come from now on."""
        with self._lock:
            self._ordered.insert(0, fault)

    def forget(self) -> None:
        """Have none any more."""
        with self._lock:
            self._ordered.clear()

    def strike(self, asked: str) -> Answer | None:
        """Wait as long as the fault of this request wants; return its answer if it has one."""
        fault = self._next(asked)
        if fault is None:
            return None
        time.sleep(fault.seconds)
        if not fault.status:
            return None
        return Answer(fault.status, fault.body.encode(), dict(fault.headers))

    def _next(self, asked: str) -> Fault | None:
        with self._lock:
            for fault in self._ordered:
                if fault.times and re.fullmatch(fault.match, asked):
                    fault.times -= 1
                    return fault
        return None
