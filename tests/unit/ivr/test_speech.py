"""What a caller hears, by name."""

from pathlib import Path

from ivr.languages import Language
from ivr.prompts import render_prompts
from ivr.speech import number_sounds
from ivr.spoken import spoken


def test_a_ticket_number_is_said_sign_by_sign() -> None:
    sounds = ("letters/n", "letters/j", "letters/2", "letters/0", "letters/1")
    assert number_sounds("NJ20-1") == sounds


def test_every_sign_of_a_ticket_number_has_a_sound(tmp_path: Path) -> None:
    render_prompts({}, tmp_path, tmp_path / "no-recordings")
    for language in Language:
        for sound in number_sounds("NJ0123456789"):
            assert (tmp_path / language / f"{sound}.alaw").stat().st_size > 800, sound


def test_numbers_are_read_as_people_dial_them() -> None:
    assert spoken("南京12345,企业请按1。", Language.ZH) == "南京一二三四五,企业请按1。"
    assert spoken("热线12312", Language.ZH) == "热线幺二三幺二"
    assert spoken("Nanjing 12345, press 1", Language.EN) == "Nanjing 1 2 3 4 5, press 1"
