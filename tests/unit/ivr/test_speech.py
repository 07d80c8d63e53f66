"""What a caller hears, by name."""

from pathlib import Path

from ivr.languages import Language
from ivr.prompts import render_prompts
from ivr.spoken import spoken


def test_every_digit_of_a_ticket_number_and_its_pin_has_a_sound(tmp_path: Path) -> None:
    render_prompts({}, tmp_path, tmp_path / "no-recordings")
    for language in Language:
        for digit in "0123456789":
            sound = tmp_path / language / f"letters/{digit}.alaw"
            assert sound.stat().st_size > 800, sound


def test_numbers_are_read_as_people_dial_them() -> None:
    assert spoken("南京12345,企业请按1。", Language.ZH) == "南京一二三四五,企业请按1。"
    assert spoken("热线12312", Language.ZH) == "热线幺二三幺二"
    assert spoken("Nanjing 12345, press 1", Language.EN) == "Nanjing 1 2 3 4 5, press 1"
