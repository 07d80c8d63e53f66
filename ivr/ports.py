"""What the walk of a call asks of other rooms; `call_events` and `tickets` answer."""

from typing import Protocol

from routing.messages import LeftMessage
from routing.steps import Call, Known


class Callers(Protocol):
    """Who rang before."""

    def may_know(self, caller: str) -> bool:
        """Whether it is worth asking for a number in the caller's one spelling."""

    async def known(self, caller: str) -> Known:
        """Language chosen, missed and call_back of a number in the caller's one spelling."""

    async def chose_language(self, caller: str, language: str) -> None:
        """Remember which language a number chose, the name of its queue; "" forgets."""


class Tickets(Protocol):
    """What was written down for a call."""

    async def of_call(self, call_id: str) -> Known:
        """Number and PIN of the newest ticket opened on a call; empty when there is none."""

    async def progress(self, call: Call) -> Known:
        """The state of the ticket whose number and PIN were keyed in, or why it is not told."""


class Agents(Protocol):
    """Who is at work."""

    async def away(self, seat: str) -> bool:
        """Whether the agent of a phone ("8001-web") has a break or is off; wrap-up is neither."""


class Messages(Protocol):
    """Messages by voice."""

    async def take(self, left: LeftMessage) -> Known:
        """Number and PIN of the ticket it becomes, or that nothing can be heard in it."""
