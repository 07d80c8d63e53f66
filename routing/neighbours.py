"""Who rings us and whom we ring: carriers, sub-centres, emergency services, partners' lines."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .entry import Entry, Host, Number, Port, Text, Window, Word


class SipPeer(Entry):
    """A SIP neighbour that calls are dialled out to; `ring_seconds` bounds one attempt."""

    peer: Word
    host: Host
    port: Port = 5060
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 20


class SubCentre(SipPeer):
    """A sub-centre that keeps its number and seats （plan, section 二（一） 设分中心）."""

    number: Number


class EmergencyTrunk(SipPeer):
    """The way out to 110, 119, 120 and 122, which are linked and never merged."""


class WayOut(SipPeer):
    """A trunk on which partner lines are dialled; never the one to emergency numbers."""


class TransferWay(StrEnum):
    """Warm: the agent speaks with the other side first. Cold: the caller goes at once."""

    WARM = "warm"
    COLD = "cold"


class PartnerGroup(StrEnum):
    """What kind of line a partner's is."""

    UTILITY = "utility"
    CITY = "city"


class PartnerLine(Entry):
    """A line of somebody else's that an agent may transfer a caller to; its usual way first."""

    name: Word
    number: Number
    name_zh: Text
    name_en: Text
    group: PartnerGroup
    peer: Word
    transfer: tuple[TransferWay, ...] = (TransferWay.COLD, TransferWay.WARM)
    hours: tuple[Window, ...] | None = None
    holiday_hours: tuple[Window, ...] | None = None
    source: str = ""


class Trunk(Entry):
    """A carrier link, known by its address; only a trusted one may name another dialled number."""

    name: Word
    host: Host
    trusted: bool = False
