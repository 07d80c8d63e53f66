"""What stops a line from starting is said in one sentence, with what and where."""

import socket
from pathlib import Path

import pytest

from asterisk_conf.instance import Instance
from hotline.preflight import asterisk_problems, path_problems, phone_problems, port_problems
from hotline.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of which every port is free at the moment."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        first, second = one.getsockname()[1], two.getsockname()[1]
    free = {"sip_port": first, "agi_port": second}
    others = ("asterisk_http_port", "ami_port", "http_port", "redis_port")
    held = [socket.socket() for _ in others]
    for sock in held:
        sock.bind(("127.0.0.1", 0))
    free |= {name: sock.getsockname()[1] for name, sock in zip(others, held, strict=True)}
    for sock in held:
        sock.close()
    return Settings(home=tmp_path, **free)  # type: ignore[arg-type]


def instance(tmp_path: Path) -> Instance:
    return Instance(
        home=tmp_path / "asterisk",
        root=tmp_path / "root",
        prompts=tmp_path,
        rescue_command=("true",),
    )


def fake_asterisk(root: Path, prints: str) -> None:
    """A program that says its version as Asterisk does, laid out like an extracted tree."""
    loader = root / "usr/lib64/ld-linux-x86-64.so.2"
    modules = root / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    binary = root / "usr/sbin/asterisk"
    for folder in (loader.parent, modules, binary.parent):
        folder.mkdir(parents=True)
    binary.touch()
    loader.write_text(f"#!/bin/sh\necho '{prints}'\n", "utf-8")
    loader.chmod(0o755)


def test_free_ports_are_no_problem(settings: Settings) -> None:
    assert list(port_problems(settings)) == []


def test_a_taken_port_is_named_with_its_setting(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", settings.http_port))
        taken.listen()
        (problem,) = port_problems(settings)
    assert problem.en == (
        f"port {settings.http_port}/tcp on 127.0.0.1 is taken by another program;"
        " stop it, or set HOTLINE_HTTP_PORT"
    )
    assert "HOTLINE_HTTP_PORT" in problem.zh


def test_a_taken_sip_port_is_noticed_on_udp(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", settings.sip_port))
        (problem,) = port_problems(settings)
    assert problem.code == "port_taken"
    assert "HOTLINE_SIP_PORT" in problem.en


def test_one_port_for_two_things_is_noticed(settings: Settings) -> None:
    twice = settings.model_copy(update={"http_port": settings.agi_port})
    (problem,) = port_problems(twice)
    assert problem.en == (
        f"HOTLINE_AGI_PORT and HOTLINE_HTTP_PORT are both {twice.http_port}; change one of them"
    )


def test_a_foreign_address_is_refused_with_its_setting(settings: Settings) -> None:
    (problem,) = port_problems(settings.model_copy(update={"http_host": "192.0.2.1"}))
    assert problem.code == "port_refused"
    assert "192.0.2.1" in problem.en


def test_a_missing_asterisk_is_named(tmp_path: Path) -> None:
    (problem,) = asterisk_problems(instance(tmp_path))
    assert problem.code == "asterisk_missing"
    assert str(tmp_path / "root") in problem.en
    assert "make setup" in problem.en


def test_a_too_old_asterisk_is_named_with_its_version(tmp_path: Path) -> None:
    fake_asterisk(tmp_path / "root", "Asterisk 18.10.0~dfsg")
    (problem,) = asterisk_problems(instance(tmp_path))
    assert problem.code == "asterisk_too_old"
    assert "18.10.0" in problem.en


def test_an_asterisk_of_today_is_no_problem(tmp_path: Path) -> None:
    fake_asterisk(tmp_path / "root", "Asterisk 22.10.1~dfsg+~cs6.15")
    assert list(asterisk_problems(instance(tmp_path))) == []


def test_a_home_too_deep_for_a_socket_is_named(tmp_path: Path) -> None:
    (problem,) = path_problems(instance(tmp_path / ("x" * 90)))
    assert problem.code == "home_too_long"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"sip_host": "0.0.0.0"}, "phone_url_missing"),
        ({"public_url": "https://12345.example"}, "phone_url_insecure"),
    ],
)
def test_a_phone_address_no_browser_can_use_is_said_before_the_first_call(
    settings: Settings, facts: dict[str, str], code: str
) -> None:
    wrong = settings.model_copy(update=facts)
    assert [problem.code for problem in phone_problems(wrong)] == [code]
    right = wrong.model_copy(update={"phone_ws_url": "wss://12345.example/phone"})
    assert list(phone_problems(right)) == []
    assert list(phone_problems(settings)) == []
