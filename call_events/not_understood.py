"""An event that broke its handler, as the log tells it."""

import logging
import traceback

from .packets import Packet

log = logging.getLogger(__name__)


def note(fault: Exception, packet: Packet) -> None:
    """Where it broke and over what; a fault's own words may repeat a caller's number."""
    where = traceback.extract_tb(fault.__traceback__)[-1]
    log.error(
        "event not understood: %s at %s:%s", type(fault).__name__, where.name, where.lineno,
        extra={"event": packet.get("Event"), "call_id": packet.get("Uniqueid")},
    )  # fmt: skip
