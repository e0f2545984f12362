"""What NSD is told: an order that it did not hear is kept, and given again until it did."""

import logging
import time
from collections.abc import Callable, Collection
from functools import partial

from hub_container.nsd_control import NsdControl, NsdMissing, NsdRefused

_FEW = 8  # up to so many zones are named to NSD, else it looks at all files itself
_TELL_AGAIN = 5.0  # seconds; a key that was revoked is valid until NSD has heard of it

logger = logging.getLogger(__name__)


class Orders:
    """The orders to one NSD, given by one thread.

    `configure` writes nsd.conf anew and tells whether it changed. `again_at` is when what was not
    heard is to be given again by `repeat`, in monotonic seconds; None where NSD heard everything.
    New orders do not put it off, and no order is repeated sooner unless the caller knows better.
    """

    def __init__(self, control: NsdControl, configure: Callable[[], bool]) -> None:
        self._control, self._configure = control, configure
        self._outdated = False  # NSD does not have the configuration that it should
        self._unread = False  # nsd.conf was written, and NSD not told of it
        self._unloaded: set[str] = set()  # apexes whose file NSD was to load
        self.again_at: float | None = None

    def give(self, reload: Collection[str], reconfigure: bool) -> None:
        """Have NSD take up the configuration if so asked, then load the files of these apexes."""
        self._outdated = self._outdated or reconfigure
        self._unloaded.update(reload)
        if reconfigure and self._heard(self._take_up_configuration):
            self._outdated = False
        if len(reload) > _FEW:
            if self._heard(self._control.reload):
                self._unloaded.clear()
        else:
            heard = {apex for apex in reload if self._heard(partial(self._control.reload, apex))}
            self._unloaded -= heard
        if not self._unheard:
            self.again_at = None
        elif self.again_at is None:
            self.again_at = time.monotonic() + _TELL_AGAIN

    def repeat(self, wanted: Collection[str]) -> bool:
        """Give what was not heard once more, without the zones that are no longer wanted.

        Tells whether NSD has heard any of it now.
        """
        self.again_at = None
        self._unloaded.intersection_update(wanted)
        before = self._unheard
        self.give(sorted(self._unloaded), self._outdated)
        return self._unheard < before

    @property
    def _unheard(self) -> int:
        return self._outdated + len(self._unloaded)

    def _take_up_configuration(self) -> None:
        if self._configure():
            self._unread = True
        if self._unread:
            self._control.reconfig()
            self._unread = False

    def _heard(self, order: Callable[[], None]) -> bool:
        try:
            order()
        except (NsdRefused, NsdMissing, OSError) as problem:
            logger.error("NSD could not be told", extra={"error": str(problem)})
            return False
        return True
