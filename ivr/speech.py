"""Numbers spoken to a caller, as names of sounds that Asterisk finds in the channel's language."""


def number_sounds(number: str) -> tuple[str, ...]:
    """A hotline or ticket number ("NJ20261122-000123") said sign by sign, as it is written down.

    Signs that have no sound are left out: a pause says as much as "dash" would.
    """
    signs = [sign.lower() for sign in number if sign.isascii() and sign.isalnum()]
    return tuple(f"letters/{sign}" for sign in signs)
