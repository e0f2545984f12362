"""What came of an action, told on the page that is shown after it."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

KEPT_MOST = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence or more about an action; `done` where it was carried out."""

    sentences: tuple[str, ...]
    done: bool


class Notices:
    """The last notices, by an id that is in the address of the page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Notice] = OrderedDict()

    def put(self, notice: Notice) -> str:
        """Keep a notice; gives its id."""
        name = secrets.token_urlsafe(8)
        with self._lock:
            self._kept[name] = notice
            if len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> Notice | None:
        """Give the notice of an id, None for one that is not known."""
        with self._lock:
            return self._kept.get(name)
