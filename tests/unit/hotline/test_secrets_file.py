"""Passwords of a line: made once, kept, closed to others."""

import json
import stat
from pathlib import Path

import pytest

from hotline.secrets_file import ExchangeTokens, SecretsUnreadable, new_token, passwords


def test_given_no_file_when_asked_then_made_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secrets.json"
    made = passwords(path, ["8001", "8002"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len({made.ami_reader, made.ami_controller, made.redis}) == 3
    assert made.seats["8001"] != made.seats["8002"]
    assert [name.name for name in path.parent.iterdir()] == ["secrets.json"]


def test_given_a_file_when_a_seat_is_added_then_the_others_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = passwords(path, ["8001"])
    after = passwords(path, ["8001", "8002"], demo=["agent1"])
    assert after.seats["8001"] == before.seats["8001"]
    assert after.redis == before.redis
    assert set(after.seats) == {"8001", "8002"}
    assert passwords(path, ["8001", "8002"]).demo == after.demo


def test_a_file_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    passwords(path, [])
    path.chmod(0o644)
    passwords(path, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", "[]", json.dumps("x"), '{"seats": ["8001"]}', '{"demo": "x"}']
)
def test_a_damaged_file_is_named_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content, "utf-8")
    with pytest.raises(SecretsUnreadable, match=r"secrets\.json"):
        passwords(path, ["8001"])
    assert path.read_text("utf-8") == content


def test_passwords_are_not_printed(tmp_path: Path) -> None:
    made = passwords(tmp_path / "secrets.json", ["8001"])
    assert made.redis not in repr(made)
    assert made.seats["8001"] not in repr(made)


def test_a_new_credential_counts_at_once_and_all_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = passwords(path, ["8001"], centres=["12366", "12367"])
    followed = ExchangeTokens(path)
    assert dict(followed) == before.exchange
    token = new_token(path, "12366")
    assert followed["12366"] == token != before.exchange["12366"]
    assert passwords(path, ["8001"], centres=["12366", "12367"]).seats == before.seats
    assert followed["12367"] == before.exchange["12367"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_while_the_file_is_damaged_the_credentials_are_those_last_read(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    passwords(path, [], centres=["12366"])
    followed = ExchangeTokens(path)
    token = followed["12366"]
    path.write_text("{", "utf-8")
    assert followed["12366"] == token
    path.unlink()
    assert followed["12366"] == token
