"""Passwords of a line: made once, kept, closed to others."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.secrets_file import (
    ExchangeTokens,
    SecretsUnreadable,
    end_tokens,
    new_token,
    passwords,
)


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


def test_a_new_credential_counts_at_once_the_old_one_for_a_while_and_all_else_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "secrets.json"
    before = passwords(path, ["8001"], centres=["12366", "12367"])
    followed = ExchangeTokens(path)
    assert {centre: list(tokens) for centre, tokens in followed.items()} == {
        centre: [token] for centre, token in before.exchange.items()
    }
    now = datetime.now(UTC)
    token = new_token(path, "12366", now + timedelta(hours=1), now)
    assert followed["12366"] == [token, before.exchange["12366"]]
    assert passwords(path, ["8001"], centres=["12366", "12367"]).seats == before.seats
    assert followed["12366"] == [token, before.exchange["12366"]], "a start of the line keeps it"
    assert followed["12367"] == [before.exchange["12367"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_when_its_time_is_over_the_old_credential_counts_no_more(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    passwords(path, [], centres=["12366"])
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    token = new_token(path, "12366", long_ago + timedelta(hours=2), long_ago)
    assert ExchangeTokens(path)["12366"] == [token]
    again = new_token(path, "12366", datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC))
    assert ExchangeTokens(path)["12366"] == [again, token]
    assert len(json.loads(path.read_text("utf-8"))["exchange_ending"]["12366"]) == 1, "no heap"


def test_who_gives_no_time_or_ends_it_leaves_the_newest_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    passwords(path, [], centres=["12366"])
    now = datetime.now(UTC)
    newer = new_token(path, "12366", now + timedelta(hours=1), now)
    newest = new_token(path, "12366", now + timedelta(hours=1), now)
    assert newer in ExchangeTokens(path)["12366"]
    end_tokens(path, "12366")
    assert ExchangeTokens(path)["12366"] == [newest]
    new_token(path, "12366", now + timedelta(hours=1), now)
    leaked = new_token(path, "12366", now, now)
    assert ExchangeTokens(path)["12366"] == [leaked]


def test_no_old_credential_counts_longer_than_the_newest_rotation_gives(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = passwords(path, [], centres=["12366"]).exchange["12366"]
    now = datetime.now(UTC)
    longest, short = now + timedelta(hours=168), now + timedelta(hours=1)
    second = new_token(path, "12366", longest, now)
    new_token(path, "12366", short, now)
    kept = json.loads(path.read_text("utf-8"))["exchange_ending"]["12366"]
    assert kept == [{"token": one, "until": short.isoformat()} for one in (first, second)]
    new_token(path, "12366", longest, now)
    kept = json.loads(path.read_text("utf-8"))["exchange_ending"]["12366"]
    assert [one["until"] for one in kept[:2]] == [short.isoformat()] * 2, "nor is it lengthened"


def test_an_entry_without_a_credential_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    known = passwords(path, [], centres=["12366", "12367"])
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    damaged = {"12366": [{"until": until}, "x", {"token": "", "until": until}]}
    content = json.loads(path.read_text("utf-8")) | {"exchange_ending": damaged}
    path.write_text(json.dumps(content), "utf-8")
    assert dict(ExchangeTokens(path)) == {c: [token] for c, token in known.exchange.items()}


@pytest.mark.parametrize("until", ["", "tomorrow", None])
def test_a_credential_whose_end_cannot_be_read_counts_no_more(
    tmp_path: Path, until: str | None
) -> None:
    path = tmp_path / "secrets.json"
    known = passwords(path, [], centres=["12366"])
    damaged = {"12366": [{"token": "x" * 43, "until": until}, {"token": "y" * 43}]}
    content = json.loads(path.read_text("utf-8")) | {"exchange_ending": damaged}
    path.write_text(json.dumps(content), "utf-8")
    assert ExchangeTokens(path)["12366"] == [known.exchange["12366"]]


def test_while_the_file_is_damaged_the_credentials_are_those_last_read(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    passwords(path, [], centres=["12366"])
    followed = ExchangeTokens(path)
    token = followed["12366"]
    path.write_text("{", "utf-8")
    assert followed["12366"] == token
    path.unlink()
    assert followed["12366"] == token
