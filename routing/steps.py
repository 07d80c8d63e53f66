"""The few things that can happen to a call next, and the facts that decide it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended: its word ("queue:general") and Asterisk's ("TIMEOUT"), or a "key:2"."""

    step: str
    result: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beyond Asterisk's own words; empty when nobody could tell in time.

    At arrival: the language the caller chose before, whether the caller rang lately and spoke with
    nobody, whether a call-back is promised. After the talk, or a message by voice: the ticket that
    was opened on the call. After a ticket's number and PIN were keyed in: its state, or why it is
    not told. After a message: "silent" where nothing can be heard in it. After a transfer: whether
    the agent who sent the caller on has a break or is off by now.
    """

    language: str = ""
    missed: bool = False
    call_back: bool = False
    ticket: str = ""
    pin: str = ""
    progress: str = ""
    message: str = ""
    sender_away: bool = False


@dataclass(frozen=True, slots=True)
class Keyed:
    """Digits the caller was asked for; never printed, since one of them is a PIN."""

    number: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a call when it asks for its next step; `path` is oldest first."""

    call_id: str
    dnis: str
    caller_id: str
    trunk: str
    path: tuple[Outcome, ...] = ()
    known: Known = Known()
    keyed: Keyed = Keyed()


class Rule(StrEnum):
    """Why a step was chosen; a stable word, kept in logs and figures."""

    MAIN = "main"
    MERGED = "merged"
    JOINED = "joined"
    PARALLEL = "parallel"
    EXPERT = "expert"
    SERVICE = "service"
    ENTERPRISE = "enterprise"
    LANGUAGE = "language"
    SUB_CENTRE = "sub-centre"
    EMERGENCY = "emergency"
    UNKNOWN_NUMBER = "unknown-number"
    KEY = "key"
    KEY_PERSON = "key-person"
    OUT_OF_HOURS = "out-of-hours"
    OVERFLOW = "overflow"
    SUB_CENTRE_RETURN = "sub-centre-return"
    TRANSFER = "transfer"
    TRANSFER_RETURN = "transfer-return"
    EMERGENCY_RETURN = "emergency-return"
    ASKED_AGAIN = "asked-again"
    MOVES_SPENT = "moves-spent"
    UNKNOWN_OUTCOME = "unknown-outcome"
    SERVED = "served"
    FULL = "full"
    CALL_BACK_OFFER = "call-back-offer"
    CALL_BACK = "call-back"
    LONG_WAIT = "long-wait"
    MESSAGE = "message"
    MESSAGE_LEFT = "message-left"
    MESSAGE_EMPTY = "message-empty"
    SURVEY = "survey"
    SURVEYED = "surveyed"
    PROGRESS = "progress"
    PROGRESS_PERSON = "progress-person"
    RUNG_BACK = "rung-back"


@dataclass(frozen=True, slots=True)
class Reason:
    """The rule behind a step and where it is written: a clause of the plan or file:line."""

    rule: Rule
    source: str


@dataclass(frozen=True, slots=True)
class Speech:
    """Prompts played before the step, in order, and the digits that cut them short ("" is none).

    `language` is the one this call is spoken to in from here on.
    """

    prompts: tuple[str, ...] = ()
    keys: str = ""
    language: str = "zh"


SILENT = Speech()


@dataclass(frozen=True, slots=True)
class Queue:
    """Wait in a queue for `wait_seconds` (0 is for ever) at app_queue priority `priority`.

    Where `most_waiting` wait already the step ends at once as FULL (0: however many); where others
    wait and the queue's expected wait is `longest_expected` seconds or more, as LONG (0: however
    long). `wanted` is the queue of experts or service seats that this caller was bound for and goes
    without.
    """

    queue: str
    wait_seconds: int
    priority: int
    speech: Speech
    reason: Reason
    most_waiting: int = 0
    wanted: str = ""
    longest_expected: int = 0

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return f"queue:{self.queue}"


@dataclass(frozen=True, slots=True)
class SubCentre:
    """Dial a sub-centre as a second leg for `ring_seconds`; the caller stays ours."""

    number: str
    peer: str
    ring_seconds: int
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return f"subcentre:{self.number}"


@dataclass(frozen=True, slots=True)
class Emergency:
    """Dial an emergency number through `peer` for `ring_seconds`, at once and without a word."""

    number: str
    peer: str
    ring_seconds: int
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return f"emergency:{self.number}"


@dataclass(frozen=True, slots=True)
class CallBack:
    """Promise a call-back and end the call; the caller's place in `queue` is held by us."""

    queue: str
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return f"callback:{self.queue}"


@dataclass(frozen=True, slots=True)
class Message:
    """Record what the caller says: `seconds` at most, until #, hanging up, or `silence` seconds of
    silence.
    """

    seconds: int
    silence: int
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return "message"


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """Dial a partner's `number` through `peer` for `ring_seconds`; the caller stays ours."""

    name: str
    number: str
    peer: str
    ring_seconds: int
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return f"partner:{self.name}"


@dataclass(frozen=True, slots=True)
class AgentReturn:
    """Ring the phone of the agent who sent the caller on, if it is free, for `ring_seconds`.

    `seat` is the phone ("8001-web"); `wanted` as for a queue.
    """

    seat: str
    ring_seconds: int
    speech: Speech
    reason: Reason
    wanted: str = ""

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return f"agent:{self.seat}"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call with a Q.850 cause: a person has spoken with the caller, or has a message."""

    cause: int
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return "hangup"


@dataclass(frozen=True, slots=True)
class Survey:
    """Ask the caller, whose agent has hung up, for one key (1 to 5) within `seconds`."""

    seconds: int
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs."""
        return "survey"


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the caller for up to `digits` keys, waiting `seconds` for each: `what` they are."""

    what: str
    digits: int
    seconds: int
    speech: Speech
    reason: Reason

    @property
    def word(self) -> str:
        """The step's name in paths and logs; the digits themselves are in neither."""
        return f"ask:{self.what}"


Step = (
    Queue
    | SubCentre
    | Emergency
    | PartnerLine
    | AgentReturn
    | CallBack
    | Message
    | Hangup
    | Survey
    | Ask
)
