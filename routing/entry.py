"""What every piece of the catalogue is made of: its base, and the words it may hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from .numbers import possible_host
from .opening_hours import readable_window

NUMBER_PATTERN = r"^[0-9]{3,15}$"
WORD_PATTERN = r"^[a-z][a-z0-9-]{0,47}$"
QUEUE_PATTERN = r"^[a-z][a-z0-9-]{1,30}$"
# Without a port: Asterisk would know the carrier by no address at all, and say nothing.
HOST_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$"
SEATS_PATTERN = r"^[0-9]{3,6}(-[0-9]{3,6})?$"
# A line break in a name would become a second line of Asterisk's configuration.
TEXT_PATTERN = r"^[^\x00-\x1f\x7f]+$"
AREA_PATTERN = r"^0[0-9]{2,3}$"
PREFIX_PATTERN = r"^[A-Z]{1,4}$"
COUNTRY_PATTERN = r"^[1-9][0-9]{0,2}$"

Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN)]
Word = Annotated[str, StringConstraints(pattern=WORD_PATTERN)]
QueueName = Annotated[str, StringConstraints(pattern=QUEUE_PATTERN)]
Host = Annotated[str, StringConstraints(pattern=HOST_PATTERN), AfterValidator(possible_host)]
SeatRange = Annotated[str, StringConstraints(pattern=SEATS_PATTERN)]
Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, max_length=300)]
Port = Annotated[int, Field(ge=1, le=65535)]
Window = Annotated[str, AfterValidator(readable_window)]


class Entry(BaseModel):
    """One piece of the catalogue: it never changes once loaded, and knows no stray fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
