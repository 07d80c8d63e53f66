"""Python's collector of garbage, kept from holding up a process that others wait for."""

import gc
from typing import Final

AS_SELDOM: Final = 10


def settle() -> None:
    """Spare the collector what a process is made of; called when it is about to begin its work.

    To walk through programs and catalogue took it a tenth of a second, now and then, and as long
    again for a thousand websockets: no event went on meanwhile, and no caller was answered. So what
    is there is left out for good, and what has lived long is looked through ten times as seldom.
    """
    gc.collect()
    gc.freeze()
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, old * AS_SELDOM)
