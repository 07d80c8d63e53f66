"""What an agent writes into the ticket form, checked field by field."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from routing.audience import Audience

from . import credit_code
from .words import Kind, Urgency

TITLE_MAX: Final = 100
CONTENT_MAX: Final = 4000
NAME_MAX: Final = 50
PHONE_MAX: Final = 32
ADDRESS_MAX: Final = 200
CAUSE_MAX: Final = 500
ENTERPRISE_NAME_MAX: Final = 100
POLICY_CATEGORY_MAX: Final = 48
CALL_ID: Final = r"^[A-Za-z0-9._-]{1,64}$"
HOTLINE: Final = r"^[0-9]{3,20}$"

PHONE: Final = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
_MASKED: Final = re.compile(r"\+?[0-9]{0,4}\*+[0-9]{0,4}", re.ASCII)
_SEPARATORS: Final = str.maketrans("", "", " -()（）")
# A form left open past midnight on a desk whose clock runs ahead is still honest.
_CLOCK_SLACK: Final = timedelta(minutes=10)


def _printable(text: str) -> str:
    """Text without control characters; PostgreSQL refuses NUL and terminals obey the rest.

    Half a surrogate pair, which JSON can spell, is no character at all.
    """
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in text):
        raise PydanticCustomError("control_character", "control characters are not allowed")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise PydanticCustomError("control_character", "one line only")
    return _printable(text)


def _phone(text: str) -> str:
    """A dialable number of 3–20 digits; a mask such as 138****5678 means "as it was"."""
    bare = text.translate(_SEPARATORS)
    if not PHONE.fullmatch(bare) and not _MASKED.fullmatch(bare):
        raise PydanticCustomError("phone_malformed", "not a telephone number")
    return bare


def _credit_code(text: str) -> str:
    """A code whose check character is right; a wrong one is a slip of the ear or the hand."""
    code = credit_code.tidied(text)
    if not credit_code.is_well_formed(code):
        raise PydanticCustomError("credit_code_malformed", "not a unified social credit code")
    if not credit_code.is_valid(code):
        raise PydanticCustomError("credit_code_wrong", "the check character does not fit")
    return code


def _happened(moment: datetime) -> datetime:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:  # midnight of the year 1, east of Greenwich
        raise ValueError("before the calendar begins") from None
    if utc > datetime.now(UTC) + _CLOCK_SLACK:
        raise PydanticCustomError("in_the_future", "must not lie in the future")
    return utc


def is_masked(phone: str | None) -> bool:
    """True for the mask the console showed instead of the number."""
    return phone is not None and "*" in phone


Line = Annotated[str, AfterValidator(_one_line)]
Text = Annotated[str, AfterValidator(_printable)]
Title = Annotated[Line, Field(min_length=1, max_length=TITLE_MAX)]
Content = Annotated[Text, Field(min_length=1, max_length=CONTENT_MAX)]
Name = Annotated[Line, Field(max_length=NAME_MAX)]
Address = Annotated[Line, Field(max_length=ADDRESS_MAX)]
Cause = Annotated[Text, Field(max_length=CAUSE_MAX)]
Phone = Annotated[str, Field(max_length=PHONE_MAX), AfterValidator(_phone)]
EnterpriseName = Annotated[Line, Field(max_length=ENTERPRISE_NAME_MAX)]
CreditCode = Annotated[Line, Field(max_length=64), AfterValidator(_credit_code)]
PolicyCategory = Annotated[Line, Field(max_length=POLICY_CATEGORY_MAX)]
Moment = Annotated[AwareDatetime, AfterValidator(_happened)]

_STRICT: Final = ConfigDict(extra="forbid", str_strip_whitespace=True)
_REQUIRED: Final = ("kind", "urgency", "title", "content", "confidential", "audience")
# What is asked of an enterprise only.
ENTERPRISE_FIELDS: Final = ("enterprise_name", "credit_code", "policy_category")
_OPTIONAL: Final = (
    "requester_name",
    "requester_phone",
    "address",
    "cause",
    "occurred_at",
    *ENTERPRISE_FIELDS,
)


def _blank_is_absent(form: Any) -> Any:
    """An optional input left empty arrives as "" from a form and means nothing was said."""
    if not isinstance(form, dict):
        return form
    blank = {k for k in _OPTIONAL if isinstance(v := form.get(k), str) and not v.strip()}
    return form | dict.fromkeys(blank)


class TicketCreate(BaseModel):
    """A new ticket; name, time, address, cause and content are the five elements."""

    model_config = _STRICT

    call_id: Annotated[str, Field(pattern=CALL_ID)] | None = None
    hotline: Annotated[str, Field(pattern=HOTLINE)] | None = None
    kind: Kind
    urgency: Urgency
    title: Title
    content: Content
    requester_name: Name | None = None
    requester_phone: Phone | None = None
    address: Address | None = None
    occurred_at: Moment | None = None
    cause: Cause | None = None
    confidential: bool = False
    # None: as the call says.
    audience: Audience | None = None
    enterprise_name: EnterpriseName | None = None
    credit_code: CreditCode | None = None
    policy_category: PolicyCategory | None = None

    @model_validator(mode="before")
    @classmethod
    def _forgive_blanks(cls, form: Any) -> Any:
        return _blank_is_absent(form)


class TicketUpdate(BaseModel):
    """The fields to change and the version they were read at; what is absent stays."""

    model_config = _STRICT

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    kind: Kind | None = None
    urgency: Urgency | None = None
    title: Title | None = None
    content: Content | None = None
    requester_name: Name | None = None
    requester_phone: Phone | None = None
    address: Address | None = None
    occurred_at: Moment | None = None
    cause: Cause | None = None
    confidential: bool | None = None
    audience: Audience | None = None
    enterprise_name: EnterpriseName | None = None
    credit_code: CreditCode | None = None
    policy_category: PolicyCategory | None = None

    @model_validator(mode="before")
    @classmethod
    def _forgive_blanks(cls, form: Any) -> Any:
        return _blank_is_absent(form)

    @model_validator(mode="after")
    def _required_stays(self) -> Self:
        for field in _REQUIRED:
            if field in self.model_fields_set and getattr(self, field) is None:
                raise PydanticCustomError("field_emptied", "{field}", {"field": field})
        return self

    def changes(self) -> dict[str, object]:
        """Column → new value, only for what was sent; a masked phone is no change."""
        sent = {k: getattr(self, k) for k in self.model_fields_set if k != "version"}
        if is_masked(self.requester_phone):
            sent.pop("requester_phone", None)
        return sent
