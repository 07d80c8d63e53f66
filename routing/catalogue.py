"""The hotline catalogue: every number a city answers, and who answers it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints

from .calendar import Calendar
from .entry import (
    AREA_PATTERN,
    COUNTRY_PATTERN,
    PREFIX_PATTERN,
    Entry,
    Number,
    Port,
    QueueName,
    SeatRange,
    Text,
    Window,
    Word,
)
from .index import CatalogueIndex, build_index
from .neighbours import EmergencyTrunk, PartnerLine, SubCentre, Trunk, WayOut
from .opening_hours import known_timezone


class MergerMode(StrEnum):
    """How a retained number was joined to 12345 （plan, section 二（一））."""

    MAIN = "main"
    MERGED = "merged"
    PARALLEL = "parallel"
    SUB_CENTRE = "sub_centre"
    EMERGENCY = "emergency"


class QueueKind(StrEnum):
    """Whose seats a queue holds: general ones, experts, seats for a unit, audience or language."""

    GENERAL = "general"
    EXPERT = "expert"
    SERVICE = "service"
    ENTERPRISE = "enterprise"
    LANGUAGE = "language"


class PromptLanguage(StrEnum):
    """The languages prompts are spoken in, as Asterisk names its folders of sounds."""

    ZH = "zh"
    EN = "en"


class Strategy(StrEnum):
    """The ring strategies app_queue knows; an unknown one silently becomes ringall there."""

    RINGALL = "ringall"
    LEASTRECENT = "leastrecent"
    FEWESTCALLS = "fewestcalls"
    RANDOM = "random"
    RRMEMORY = "rrmemory"
    RRORDERED = "rrordered"
    LINEAR = "linear"
    WRANDOM = "wrandom"


class City(Entry):
    """The city whose line this is."""

    code: Word
    name_zh: Text
    name_en: Text
    area_code: Annotated[str, StringConstraints(pattern=AREA_PATTERN)]
    country_code: Annotated[str, StringConstraints(pattern=COUNTRY_PATTERN)] = "86"
    hotline_number: Number
    pilot_numbers: tuple[Number, ...] = ()
    ticket_prefix: Annotated[str, StringConstraints(pattern=PREFIX_PATTERN)]
    timezone: Annotated[str, AfterValidator(known_timezone)]


class Limits(Entry):
    """Limits of the walk of a call; a higher priority passes a lower one, as in app_queue."""

    greeting_max_seconds: Annotated[float, Field(gt=0, le=60)] = 8.0
    automatic_moves: Annotated[int, Field(ge=1, le=20)] = 6
    landing_hops: Annotated[int, Field(ge=1, le=20)] = 5
    overflow_priority: Annotated[int, Field(ge=0, le=100)] = 1
    return_priority: Annotated[int, Field(ge=0, le=100)] = 20
    emergency_priority: Annotated[int, Field(ge=0, le=100)] = 30
    repeat_minutes: Annotated[int, Field(ge=0, le=1440)] = 60
    repeat_priority: Annotated[int, Field(ge=0, le=100)] = 2
    recording_days: Annotated[int, Field(ge=1, le=36500)] = 180
    agent_return_seconds: Annotated[int, Field(ge=5, le=60)] = 15
    context_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    log_days: Annotated[int, Field(ge=2, le=36500)] = 90


class CallBacks(Entry):
    """How those who rang in vain are rung back: `attempts` in all, `minutes_between` two.

    Who has waited for `offer_after_seconds` is offered a call-back, and again as often (0: never);
    who comes when `offer_at_wait_seconds` of waiting or more are expected, at once (0: never).
    `trunk` is the carrier link promised ones are rung through, at `port` of its host; without one
    people ring. Who has answered waits with `priority`.
    """

    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    minutes_between: Annotated[int, Field(ge=1, le=1440)] = 15
    offer_after_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    offer_at_wait_seconds: Annotated[int, Field(ge=0, le=36000)] = 0
    trunk: Word | None = None
    port: Port = 5060
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 30
    priority: Annotated[int, Field(ge=0, le=100)] = 3


class Notice(Entry):
    """What a caller of a cancelled number hears, up to and including a day in the city."""

    prompt: Word
    until: date | None = None


class Hotline(Entry):
    """One number of the annex: its name, the unit that answers for it, and where its calls go."""

    number: Number
    name_zh: Text
    name_en: Text
    unit_zh: Text
    unit_en: Text
    mode: MergerMode
    queue: QueueName
    expert_queue: QueueName | None = None
    joined: Number | None = None
    notice: Notice | None = None
    greeting: Word | None = None
    keys: dict[str, QueueName] = Field(default_factory=dict)
    clause: Text
    line: bool = False
    source: str = ""


class OpenList(Entry):
    """The annex's open entry: lines of districts and departments, merged as they are found."""

    name_zh: Text
    name_en: Text
    unit_zh: Text
    unit_en: Text
    clause: Text
    queue: QueueName
    notice: Notice | None = None
    greeting: Word | None = None


class QueueRule(Entry):
    """One queue; `wait_seconds` is the wait before the overflow queue, 0 waits for ever.

    Who waits is told the place, and the expected wait from a minute on, every `announce_seconds`.

    Where `most_waiting` callers wait already, one who comes new does not join them; at the general
    queue, which turns nobody away, the caller is told first.
    """

    name: QueueName
    name_zh: Text
    name_en: Text
    kind: QueueKind
    strategy: Strategy = Strategy.RRMEMORY
    ring_seconds: Annotated[int, Field(ge=3, le=120)] = 15
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    most_waiting: Annotated[int, Field(ge=1, le=10000)] | None = None
    overflow: QueueName | None = None
    wrapup_seconds: Annotated[int, Field(ge=0, le=600)] = 30
    announce_seconds: Annotated[int, Field(ge=0, le=600)] = 0
    language: PromptLanguage | None = None
    hours: tuple[Window, ...] | None = None
    holiday_hours: tuple[Window, ...] | None = None
    source: str = ""


class SeatGroup(Entry):
    """A run of seats with the same skills: queue name to penalty, where 0 rings first."""

    extensions: SeatRange
    queues: dict[QueueName, Annotated[int, Field(ge=0, le=100)]]
    name_zh: Text | None = None
    name_en: Text | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """Each seat's extension, as many digits as written."""
        first, _, last = self.extensions.partition("-")
        seats = range(int(first), int(last or first) + 1)
        return tuple(str(seat).zfill(len(first)) for seat in seats)


class PauseReason(Entry):
    """Why an agent may pause."""

    code: Word
    zh: Text
    en: Text


class PolicyCategory(Entry):
    """What an enterprise asks about, to find its policy specialist."""

    code: Word
    zh: Text
    en: Text


class Prompt(Entry):
    """What a caller hears, as text in both languages."""

    zh: Text
    en: Text


class Announcements(Entry):
    """The prompts the walk itself needs, by the moment they are played."""

    overflow: Word
    sub_centre_return: Word
    emergency_return: Word
    transfer_return: Word
    still_waiting: Word
    recorded: Word
    full: Word | None = None
    long_wait: Word | None = None
    call_back_offer: Word | None = None
    call_back_promise: Word | None = None
    call_back_greeting: Word | None = None


class AfterCall(Entry):
    """What a caller hears who stays on the line after the agent has hung up."""

    survey: Word
    survey_again: Word
    thanks: Word
    ticket: Word
    pin: Word
    survey_seconds: Annotated[int, Field(ge=1, le=30)] = 6


class VoiceMessage(Entry):
    """A message by voice instead of waiting, offered where as many wait as may.

    It lasts `seconds` at most and ends after `silence_seconds` of silence. `offer` is heard before
    the key, `ask` before the tone, `kept` afterwards, behind number (`ticket`) and `pin`.
    """

    offer: Word
    ask: Word
    kept: Word
    ticket: Word
    pin: Word
    seconds: Annotated[int, Field(ge=10, le=600)] = 90
    silence_seconds: Annotated[int, Field(ge=2, le=30)] = 5


class Progress(Entry):
    """A ticket's progress by telephone: the key at the main number, and what the caller hears."""

    key: Annotated[str, Field(pattern=r"^[1-9]$")]
    number: Word
    pin: Word
    wrong: Word
    locked: Word
    choice: Word
    other: Word
    states: dict[str, Word] = Field(default_factory=dict)
    key_seconds: Annotated[int, Field(ge=3, le=30)] = 8


class Catalogue(Entry):
    """A whole city: load it with `load_catalogue`, which proves that its parts fit together."""

    city: City
    limits: Limits
    calendar: Calendar = Calendar()
    call_backs: CallBacks = CallBacks()
    hotlines: tuple[Hotline, ...]
    open_list: OpenList | None = None
    queues: tuple[QueueRule, ...]
    seats: tuple[SeatGroup, ...]
    sub_centres: tuple[SubCentre, ...] = ()
    emergency: EmergencyTrunk | None = None
    ways_out: tuple[WayOut, ...] = ()
    partner_lines: tuple[PartnerLine, ...] = ()
    trunks: tuple[Trunk, ...]
    pause_reasons: tuple[PauseReason, ...]
    policy_categories: tuple[PolicyCategory, ...] = ()
    prompts: dict[str, Prompt]
    announcements: Announcements
    after_call: AfterCall | None = None
    message: VoiceMessage | None = None
    progress: Progress | None = None

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; what was looked up in this catalogue is not taken over."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("index", None)
        return copy

    @cached_property
    def index(self) -> CatalogueIndex:
        """Look-up tables for the hot path, built once."""
        return build_index(self)

    @property
    def main(self) -> Hotline:
        """The city's own line, which also answers numbers that no list knows."""
        return self.index.main

    @property
    def general(self) -> QueueRule:
        """The queue that never closes and waits for ever."""
        return self.index.general

    def hotline(self, number: str) -> Hotline | None:
        """The hotline that a dialled number means, in any form a carrier may send it."""
        return self.index.hotlines.get(number)

    def queue(self, name: str) -> QueueRule | None:
        """The queue of that name."""
        return self.index.queues.get(name)

    def seat_queues(self, extension: str) -> dict[str, int]:
        """The queues a seat serves, with its penalty in each; empty for an unknown seat."""
        return dict(self.index.seats.get(extension, {}))
