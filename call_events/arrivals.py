"""What is known of a call from the first word about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .call_state import Call
from .packets import Packet, number

Hotlines = Mapping[str, tuple[str, str]]
"""Number as dialled → (number in the catalogue, merger mode)."""


def arrived(packet: Packet, node: str, hotlines: Hotlines, at: datetime) -> Call:
    """A call we had not heard of: its first step, or whatever came after a gap."""
    call_id = packet.get("CallId") or packet.get("AccountCode") or packet["Uniqueid"]
    call = Call(call_id[:64], node, "", "", "", "", "", at)
    learn(call, packet, hotlines)
    return call


def learn(call: Call, packet: Packet, hotlines: Hotlines) -> bool:
    """What a step says of its call; a call met without one learns it from the first."""
    if call.dnis:
        return False
    call.dnis = packet.get("Dnis", "")[:32]
    hotline, call.merger_mode = hotlines.get(call.dnis, (call.dnis, ""))
    call.hotline = hotline[:32]
    call.caller_id = packet.get("Caller", packet.get("CallerIDNum", call.caller_id))[:32]
    call.trunk = packet.get("Trunk", "")[:64]
    call.landed_by = packet.get("Landed", "")[:16] or None
    return True


def facts(call: Call) -> dict[str, Any]:
    """What the event of an arrival holds."""
    return {
        "dnis": call.dnis,
        "hotline": call.hotline,
        "caller_id": call.caller_id,
        "trunk": call.trunk,
        "mode": call.merger_mode,
        "landed_by": call.landed_by,
    }


def step(packet: Packet) -> dict[str, Any]:
    """A step of the call as the dialplan tells it; `wanted` only where experts are gone without."""
    wanted = packet.get("Wanted", "")[:64]
    return {
        "seq": number(packet.get("Seq")),
        "step": packet.get("Step", ""),
        "reason": packet.get("Reason", ""),
        "source": packet.get("Source", ""),
        "last": packet.get("Last") or packet.get("Path", "").rpartition("=")[2] or None,
    } | ({"wanted": wanted} if wanted else {})
