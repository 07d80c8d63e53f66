"""A form that does not fit, said field by field in both languages."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from .errors import said

# pydantic's word for what is wrong → ours.
_KINDS: Final[dict[str, str]] = {
    "missing": "field_missing",
    "string_too_long": "field_too_long",
    # pydantic's word where a validator of ours ran before the length was looked at
    "too_long": "field_too_long",
    "enum": "field_not_listed",
    "literal_error": "field_not_listed",
    "greater_than_equal": "field_out_of_range",
    "less_than_equal": "field_out_of_range",
    "in_the_future": "field_in_the_future",
    "control_character": "field_control_character",
    "phone_malformed": "phone_malformed",
    "credit_code_malformed": "credit_code_malformed",
    "credit_code_wrong": "credit_code_wrong",
    "field_emptied": "field_missing",
    "json_invalid": "body_malformed",
    "model_attributes_type": "body_malformed",
}
_WHERE: Final = frozenset({"body", "query", "path", "header"})


async def refuse_form(request: Request, failure: Exception) -> JSONResponse:
    """422 with the first fault on top and all of them under `errors`."""
    assert isinstance(failure, RequestValidationError)
    about_tickets = "/tickets" in request.url.path
    faults = [_fault(error, about_tickets) for error in failure.errors()]
    return JSONResponse({**faults[0], "errors": faults}, status_code=422)


def _fault(error: dict[str, Any], about_tickets: bool) -> dict[str, Any]:
    kind, context = error["type"], error.get("ctx", {})
    names = [str(part) for part in error["loc"] if part not in _WHERE]
    field = context.get("field") or (names[0][:64] if names else None)
    code = _code(kind, context, error.get("input"))
    if not names and field is None:
        code = "body_malformed"
        return said(code)
    if about_tickets and code.startswith("field_"):
        code = f"ticket_{code}"
    limit = context.get("max_length", context.get("min_length", ""))
    return said(code, None if code == "body_malformed" else field, {"limit": limit})


def _code(kind: str, context: dict[str, Any], given: object) -> str:
    if kind in ("string_too_short", "too_short"):
        return "field_missing" if context.get("min_length") == 1 else "field_too_short"
    if kind == "extra_forbidden":
        return "field_unknown"
    if given is None or (isinstance(given, str) and not given.strip()):
        # An empty choice is not a wrong choice: the agent has yet to make one.
        return "field_missing"
    return _KINDS.get(kind, "field_malformed")
