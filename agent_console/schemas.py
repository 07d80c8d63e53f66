"""What travels between the page and the console, apart from calls and tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from call_events.tables import RecordingRow
from tickets.draft import Line

from .accounts import Language, Role, User
from .alarms import Alarm
from .brought import BroughtRead
from .call_view import CallView, HotlineView


class Form(BaseModel):
    """What the page sends: unknown fields are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid")


class SessionCreate(Form):
    """A login."""

    username: Annotated[Line, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class ReadyCreate(Form):
    """Which of the seat's two phones is to ring."""

    phone: Literal["web", "desk"]


class PauseCreate(Form):
    """Why no calls are wanted: a code of the catalogue."""

    reason: Annotated[str, Field(min_length=1, max_length=48)]


class UserRead(BaseModel):
    """Somebody who is logged in."""

    username: str
    display_name: str
    role: Role
    extension: str | None
    language: Language

    @classmethod
    def of(cls, user: User) -> Self:
        """The account as the page sees it."""
        return cls(
            username=user.username,
            display_name=user.display_name,
            role=user.role,
            extension=user.extension,
            language=user.language,
        )


class LineRead(BaseModel):
    """The line's own name, shown before anybody has logged in."""

    city: str
    name_zh: str
    name_en: str
    hotline_number: str


class DeskPhoneRead(BaseModel):
    """How to set up any SIP phone on the desk."""

    user: str
    host: str
    port: int
    password: str


class PhoneRead(BaseModel):
    """How the softphone in the browser registers."""

    ws_url: str
    sip_uri: str
    user: str
    password: str
    extension: str
    desk: DeskPhoneRead


class QueueRead(BaseModel):
    """A queue by its names; `penalty` only where it is asked for one seat (0 rings first)."""

    name: str
    name_zh: str
    name_en: str
    kind: str
    wrapup_seconds: int
    penalty: int | None = None


class AgentRead(BaseModel):
    """What the agent is doing, as Asterisk's queues see it."""

    extension: str
    state: str
    reason: str | None
    since: datetime | None
    until: datetime | None
    phone: str | None
    call: CallView | None
    queues: list[QueueRead]


class TodayRead(BaseModel):
    """One agent's day since local midnight; `talk_ms` in milliseconds."""

    answered: int
    missed: int
    talk_ms: int
    tickets: int


class Done(BaseModel):
    """Asterisk has done it; the new state follows on the websocket."""

    status: Literal["done"] = "done"


class ChoiceRead(BaseModel):
    """One choice the catalogue offers, by its code."""

    code: str
    zh: str
    en: str


class HotlineRead(HotlineView):
    """A line of the catalogue with its queues and its place in the plan."""

    queue: str
    expert_queue: str | None
    joined: str | None
    clause: str


class TicketItem(BaseModel):
    """A ticket in a list; `voice_seconds` where it was made of a message by voice, `kind_assumed`
    where no person has chosen its kind yet.
    """

    model_config = ConfigDict(from_attributes=True)

    number: str
    call_id: str | None
    hotline: str
    kind: str
    kind_assumed: bool
    urgency: str
    title: str
    requester_name: str | None
    requester_phone: str | None
    confidential: bool
    expert_queue: str | None
    audience: str
    enterprise_name: str | None
    policy_category: str | None
    voice_seconds: int | None
    state: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class TicketRead(TicketItem):
    """A ticket whole, its requester's number masked."""

    address: str | None
    occurred_at: datetime | None
    cause: str | None
    content: str
    credit_code: str | None


class TicketPage(BaseModel):
    """Tickets, newest first; `next` goes into `before`, null at the end."""

    items: list[TicketItem]
    next: str | None


class RequesterRead(BaseModel):
    """The requester's number in full; asking for it is recorded."""

    requester_phone: str | None


class CallEventRead(BaseModel):
    """One thing that happened in a call."""

    type: str
    at: datetime
    agent: str | None
    data: dict[str, Any]


class CallPage(BaseModel):
    """Calls, newest first; `next` goes into `before`, null at the end."""

    items: list[CallView]
    next: str | None


class RecordingRead(BaseModel):
    """What is kept of a call's sound: `recorded` only where it is the whole conversation."""

    recorded: bool
    seconds: int
    deleted_at: datetime | None

    @classmethod
    def of(cls, row: RecordingRow) -> Self:
        """The verdict as the page sees it."""
        return cls(recorded=row.recorded, seconds=row.seconds, deleted_at=row.deleted_at)


class MessageRead(BaseModel):
    """A message by voice and the ticket made of it; who may read the ticket may listen."""

    ticket: str
    seconds: int


class CallDetail(CallView):
    """A call with its story, and what the same caller wanted before.

    `kept` is null while nobody has spoken, or for a few seconds after the end. `brought`: what a
    sub-centre told us of it.
    """

    kept: RecordingRead | None
    message: MessageRead | None
    brought: BroughtRead | None
    events: list[CallEventRead]
    earlier_calls: list[CallView]
    earlier_tickets: list[TicketItem]


class CallerRead(BaseModel):
    """The caller's number in full; asking for it is recorded."""

    caller_id: str


class FloorQueue(BaseModel):
    """One queue now; waits in milliseconds."""

    name: str
    name_zh: str
    name_en: str
    waiting: int
    longest_wait_ms: int
    ready: int
    talking: int
    paused: int


class FloorAgent(BaseModel):
    """One agent now."""

    extension: str
    display_name: str
    state: str
    reason: str | None
    since: datetime | None
    call_id: str | None


class FloorToday(BaseModel):
    """The day since local midnight, of all calls offered."""

    offered: int
    answered: int
    abandoned: int
    waiting: int


class FloorRead(BaseModel):
    """The hall at one glance; `call_backs` are the numbers still owed a call."""

    queues: list[FloorQueue]
    agents: list[FloorAgent]
    today: FloorToday
    alarms: list[Alarm]
    call_backs: int


class Refusal(BaseModel):
    """Every error: a stable code, the field if one is at fault, a sentence in both languages."""

    code: str
    field: str | None
    zh: str
    en: str
