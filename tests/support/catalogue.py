"""A copy of Nanjing's catalogue, bent where a test needs it."""

from pathlib import Path
from typing import Final

NANJING: Final = Path(__file__).resolve().parents[2] / "routing/nanjing"


GREETING: Final = (
    "zh: 您好，南京12345，通话将录音。企业按1，查进度按2，方言按4，English press three。"
)
# Most tests are of what comes after 12345's greeting, which takes 6 s.
SHORT_GREETING: Final = (GREETING, "zh: 您好。")
# Long enough to press a key.
KEY_GREETING: Final = (GREETING, "zh: 您好，南京12345，企业请按1。")


def edited_copy(folder: Path, *changes: tuple[str, str]) -> Path:
    """Copy the catalogue to `folder` with each text replaced, which must stand in it just once."""
    files = {path.name: path.read_text("utf-8") for path in sorted(NANJING.glob("*.yaml"))}
    for old, new in changes:
        found = [name for name, text in files.items() if old in text]
        if len(found) != 1 or files[found[0]].count(old) != 1:
            raise AssertionError(f"{old!r} stands in {found}, not once")
        files[found[0]] = files[found[0]].replace(old, new)
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder
