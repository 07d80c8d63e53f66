"""Nonsense on the command line: one sentence, exit code 2, nothing half-done."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli import app
from hotline.terminal import BAD_INPUT, out

GOOD_PASSWORD = "long-enough-1\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("LC_ALL", raising=False)
    return tmp_path / "home"


def refused(words: str, stdin: str | bytes = "") -> str:
    result = CliRunner().invoke(app, words.split(), input=stdin)
    assert result.exit_code == BAD_INPUT, (result.output, result.exception)
    assert isinstance(result.exception, SystemExit)
    said = result.stderr.strip()
    assert len(said.splitlines()) == 1, said
    return said


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("simulate abc", "'abc'"),
        ("simulate 12345 --at soon", "'soon'"),
        ("simulate 12345 --at 25:00", "'25:00'"),
        ("user passwd nobody --password-stdin", "password"),
        ("user close nobody", "nobody"),
        ("exchange rotate 12333", "'12333'"),
        ("exchange rotate ;", "';'"),
        ("exchange end 12333", "'12333'"),
        ("simulate 12345 --results key:x", "'key:x'"),
        ("simulate 12345 --results TIMEOUT,%%", "'%%'"),
        ("call 12", "'12'"),
        ("call 12345 --caller me", "'me'"),
        ("call 12345 --keys x", "'x'"),
        ("call 12345 --seconds nan", "1 to 3600"),
        ("conf render /dev/null/x", "/dev/null/x"),
        ("conf apply", "hotline up"),
    ],
)
def test_a_word_that_makes_no_sense_is_named(words: str, about: str) -> None:
    assert about in refused(words)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("HOTLINE_HOME", "/tmp/a;b"),
        ("HOTLINE_SIP_HOST", "127.0.0.1\nevil = 1"),
        ("HOTLINE_RTP_END", "10001"),
        ("HOTLINE_NODE", "A B"),
        ("HOTLINE_CATALOGUE", "/nowhere"),
        ("HOTLINE_PUBLIC_URL", "ftp://x"),
        ("HOTLINE_TRUSTED_PROXY", "me"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    setting: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)
    said = refused("conf check")
    assert setting in said or value in said


def test_a_home_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", "/dev/null/x")
    assert "/dev/null/x" in refused(f"conf render {tmp_path}/out")


def test_a_check_changes_nothing(home: Path) -> None:
    result = CliRunner().invoke(app, ["conf", "check"])
    assert result.exit_code == 0, result.output
    assert not home.exists()


@pytest.mark.usefixtures("home")
def test_a_pattern_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Square brackets are markup to the terminal library."""
    monkeypatch.setenv("HOTLINE_NODE", "A B")
    assert "[a-z][a-z0-9]" in refused("conf check")


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no sentence of a table is broken."""
    monkeypatch.setattr(out, "width", 200)


@pytest.mark.usefixtures("wide")
def test_damaged_passwords_are_told_and_stay_as_they_are(home: Path) -> None:
    home.mkdir()
    (home / "secrets.json").write_text("{", "utf-8")
    (home / "secrets.json").chmod(0o600)
    told = CliRunner().invoke(app, ["doctor"])
    assert told.exit_code == 1, told.output
    assert "damaged passwords" in told.stdout
    assert "restore it, or remove it" in told.stdout
    assert "secrets.json" in refused("conf apply")
    assert (home / "secrets.json").read_text("utf-8") == "{"


@pytest.mark.usefixtures("home", "wide")
def test_a_chinese_terminal_is_spoken_to_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    told = CliRunner().invoke(app, ["doctor"]).stdout
    assert "怎么办" in told
    assert "请运行 make run" in told
    assert "个号码" in CliRunner().invoke(app, ["conf", "check"]).stdout
    assert "没有运行" in refused("conf apply")


def test_a_password_that_is_not_text_creates_nobody(home: Path) -> None:
    words = "user add bob --role admin --password-stdin"
    assert "UTF-8" in refused(words, b"bad\xff\xfe-password\n")
    assert not (home / "hotline.db").exists()


def test_a_console_that_is_not_there_leaves_the_files_alone(tmp_path: Path) -> None:
    from asterisk_conf.applying import apply
    from asterisk_conf.control_socket import AsteriskNotRunning

    class Nobody:
        def run(self, command: str) -> str:
            raise AsteriskNotRunning(command)

    with pytest.raises(AsteriskNotRunning):
        apply(tmp_path, {"generated/numbers.conf": "new"}, Nobody(), tmp_path / "messages.log")
    assert list(tmp_path.iterdir()) == []


def done(words: str, stdin: str = "") -> str:
    result = CliRunner().invoke(app, words.split(), input=stdin)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


@pytest.mark.usefixtures("home")
def test_the_documented_times_are_read() -> None:
    assert "expert-12333" in done("simulate 12333 --at 21:00")
    assert "expert-12333" in done("simulate 12333 --at 2026-10-01T02:00")


def test_an_account_is_made_listed_closed_and_opened(home: Path) -> None:
    done("user add bob --role admin --password-stdin", GOOD_PASSWORD)
    done("user passwd bob --password-stdin", "another-long-one-2\n")
    done("user close bob")
    assert "closed" in done("user list")
    done("user open bob")
    assert "closed" not in done("user list")
    assert "bob" in done("user list")


def test_what_a_command_leaves_behind_is_its_owners_alone(home: Path) -> None:
    home.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        done("user add bob --role admin --password-stdin", GOOD_PASSWORD)
    finally:
        os.umask(before)
    assert home.stat().st_mode & 0o077 == 0, "taken back"
    open_to_others = [path for path in home.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("setting", "value", "about"),
    [
        ("HOTLINE_SIP_PORT", "abc", "应为整数"),
        ("HOTLINE_SIP_PORT", "65536", "不得大于 65535"),
        ("HOTLINE_NODE", "A B", "应符合 ^[a-z][a-z0-9]"),
        ("HOTLINE_RTP_END", "10001", "HOTLINE_RTP_START"),
    ],
)
def test_on_a_chinese_terminal_a_setting_is_refused_with_the_whole_reason(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, about: str
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv(setting, value)
    said = refused("conf check")
    assert "不能使用" in said
    assert about in said


@pytest.mark.parametrize("language", ["C", "zh_CN.UTF-8"])
def test_a_sub_centres_credential_is_listed_by_its_end_and_shown_once_when_new(
    home: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LANG", language)
    rotated = CliRunner().invoke(app, ["exchange", "rotate", "12366"])
    assert rotated.exit_code == 0, rotated.output
    said, token = rotated.stdout.strip().splitlines()
    assert ("新凭证" in said) is (language != "C")
    again = CliRunner().invoke(app, ["exchange", "rotate", "12366", "--hours", "2"])
    assert ("有效" if language != "C" else "counts until") in again.stdout
    earlier, token = token, again.stdout.strip().splitlines()[-1]
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
    listed = CliRunner().invoke(app, ["exchange", "list"])
    assert f"…{token[-4:]}" in listed.stdout
    assert f"…{earlier[-4:]}" in listed.stdout, "and the one before it, which counts still"
    assert token not in listed.stdout
    assert CliRunner().invoke(app, ["exchange", "end", "12366"]).exit_code == 0
    assert f"…{earlier[-4:]}" not in CliRunner().invoke(app, ["exchange", "list"]).stdout
