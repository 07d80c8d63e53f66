"""What a caller hears, by name, and what a key does."""

from collections.abc import Sequence

from ivr.languages import Language
from ivr.speech import Heard, heard, number_sounds, say
from ivr.spoken import spoken
from routing.steps import Speech


class Handset:
    """A caller who presses one key while listening."""

    def __init__(self, presses: str = "") -> None:
        self.presses = presses
        self.heard: tuple[str, ...] = ()

    async def play(self, sounds: Sequence[str], keys: str) -> str:
        self.heard = tuple(sounds)
        return self.presses if self.presses and self.presses in keys else ""

    async def wait_key(self, keys: str, seconds: float) -> str:
        return ""


async def test_a_key_of_the_greeting_is_returned_and_others_are_silence() -> None:
    greeting = heard(Speech(("greeting-12345",), "01"), Language.ZH)
    assert greeting == Heard(("zh/greeting-12345",), "01")
    assert await say(Handset("1"), greeting) == "1"
    assert await say(Handset("7"), greeting) == ""
    assert await say(Handset(), greeting) == ""


async def test_silence_plays_nothing() -> None:
    phone = Handset("1")
    assert await say(phone, Heard(())) == ""
    assert phone.heard == ()


def test_a_ticket_number_is_said_sign_by_sign() -> None:
    assert number_sounds("NJ20-1", Language.ZH) == (
        "zh/letters/n", "zh/letters/j", "zh/digits/2", "zh/digits/0", "zh/digits/1",
    )  # fmt: skip


def test_numbers_are_read_as_people_dial_them() -> None:
    assert spoken("南京12345,企业请按1。", Language.ZH) == "南京一二三四五,企业请按1。"
    assert spoken("热线12312", Language.ZH) == "热线幺二三幺二"
    assert spoken("Nanjing 12345, press 1", Language.EN) == "Nanjing 1 2 3 4 5, press 1"
