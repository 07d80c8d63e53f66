"""Each account, carrier and seat can do what it is for, and nothing else."""

import re
import socket
from pathlib import Path

import pytest

from tests.support.line import Line
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until


class Manager:
    """A plain AMI client, logged in as one of our accounts."""

    def __init__(self, line: Line, account: str, secret: str, address: str = "127.0.0.1") -> None:
        place = ("127.0.0.1", line.instance.ami_port)
        self._socket = socket.create_connection(place, 5, source_address=(address, 0))
        self._file = self._socket.makefile("rb")
        self._file.readline()
        self.reply = self.act("Login", Username=account, Secret=secret)

    def act(self, action: str, **headers: str) -> str:
        """Send an action and return Asterisk's response to it."""
        lines = [f"Action: {action}", "ActionID: t1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while True:
            packet = b"".join(iter(self._file.readline, b"\r\n"))
            if b"ActionID: t1" in packet:
                return packet.decode()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def secret_of(line: Line, account: str) -> str:
    return {"reader": line.secrets.ami_reader, "controller": line.secrets.ami_controller}[account]


ALLOWED = re.compile(r"^(\w+): .*\(Priv: ([a-z,]+|<none>)\)\r$", re.M)
CONTROLLER_CLASSES = {"call", "agent", "originate", "reporting"}
# Asterisk 22 asks for no right at all here, whatever `write` says. Some of these do harm: whoever
# has a password of the manager interface can disturb calls with them, though start none.
FREE = {
    *("Login", "Logoff", "Challenge", "Ping", "Events", "WaitEvent", "ListCommands"),
    *("QueueStatus", "QueueSummary", "QueueRule", "BridgeInfo", "BridgeList"),
    *("BridgeTechnologyList", "BridgeTechnologySuspend", "BridgeTechnologyUnsuspend"),
    *("BridgeDestroy", "BridgeKick", "QueueChangePriorityCaller", "QueueWithdrawCaller"),
    *("QueueReload", "QueueReset"),
}
DANGEROUS = {
    "Command": {"Command": "core show version"},
    "Reload": {"Module": "app_queue.so"},
    "GetConfig": {"Filename": "manager.conf"},
    "GetConfigJSON": {"Filename": "manager.conf"},
    "UpdateConfig": {"SrcFilename": "queues.conf", "DstFilename": "queues.conf"},
    "CreateConfig": {"Filename": "evil.conf"},
    "ModuleLoad": {"Module": "app_system.so", "LoadType": "load"},
    "DialplanExtensionAdd": {"Context": "numbers", "Extension": "1", "Priority": "1"},
    "DBPut": {"Family": "x", "Key": "x", "Val": "x"},
    "PJSIPShowAuths": {},
    "UserEvent": {"UserEvent": "HotlineStep"},
}


def allowed(manager: Manager) -> dict[str, set[str]]:
    """Return the actions an account is told it may use, with the classes that allow them."""
    told = ALLOWED.findall(manager.act("ListCommands"))
    return {name: set() if rights == "<none>" else set(rights.split(",")) for name, rights in told}


def known(line: Line) -> set[str]:
    """Return every action of this Asterisk."""
    rows = line.cli("manager show commands").splitlines()[2:]
    return {row.split()[0] for row in rows if row.strip()}


@pytest.mark.parametrize("account", ["reader", "controller"])
def test_an_account_is_denied_every_action_that_it_is_not_for(line: Line, account: str) -> None:
    """All that this Asterisk knows and does not offer to the account is tried."""
    manager = Manager(line, account, secret_of(line, account))
    assert "Success" in manager.reply
    may = allowed(manager)
    classes = CONTROLLER_CLASSES if account == "controller" else set()
    assert {name for name, rights in may.items() if not rights & classes} <= FREE
    others = known(line) - set(may)
    assert set(DANGEROUS) <= others

    answers = {name: manager.act(name, **DANGEROUS.get(name, {})) for name in sorted(others)}

    manager.close()
    assert [name for name, said in answers.items() if "Permission denied" not in said] == []


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Originate", {"Channel": "PJSIP/119@emergency", "Application": "Wait", "Data": "1"}),
        ("QueueAdd", {"Queue": "general-seats", "Interface": "PJSIP/8001-desk"}),
        ("QueuePause", {"Interface": "PJSIP/8001-desk", "Paused": "true"}),
        ("Redirect", {"Channel": "x", "Context": "hotline", "Exten": "arrive", "Priority": "1"}),
        ("Hangup", {"Channel": "/.*/"}),
        ("Setvar", {"Variable": "HL_GENERAL", "Value": "nowhere"}),
        ("Getvar", {"Variable": "HL_GENERAL"}),
    ],
)
def test_the_reader_may_only_read(line: Line, action: str, headers: dict[str, str]) -> None:
    reader = Manager(line, "reader", line.secrets.ami_reader)
    assert "Permission denied" in reader.act(action, **headers)
    reader.close()


@pytest.mark.parametrize(
    ("application", "argument"),
    [
        *(("System", "touch {}"), ("TrySystem", "touch {}"), ("Exec", "System(touch {})")),
        *(("TryExec", "System(touch {})"), ("ExecIf", "1?System:touch {}")),
        *(("AGI", "/bin/touch,{}"), ("EAGI", "/bin/touch,{}"), ("DeadAGI", "/bin/touch,{}")),
        *(("MixMonitor", "x.wav,,touch {}"), ("ExternalIVR", "/bin/touch,{}")),
        *(("Originate", "Local/s@x,app,System,touch {}"), ("NoOp", "${{SHELL(touch {})}}")),
        ("NoOp", "${{EVAL(${{HL_SAY}})}}"),
    ],
)
def test_the_controller_originates_nothing_that_runs_a_program(
    line: Line, tmp_path: Path, application: str, argument: str
) -> None:
    mark = tmp_path / "ran"
    controller = Manager(line, "controller", line.secrets.ami_controller)
    said = controller.act(
        "Originate",
        Channel="Local/8004@from-seat/n",
        Application=application,
        Data=argument.format(mark),
        Async="true",
    )
    controller.close()
    assert "Response: Error" in said
    assert "Originate Access Forbidden" in said
    assert not mark.exists()


@pytest.mark.parametrize(
    "function",
    [
        *("SHELL(id)", "FILE(/etc/passwd,0,10)", "ENV(PATH)", "DB(x/y)", "REALTIME(x,y,z)"),
        *("AST_CONFIG(manager.conf,controller,secret)", "CURL(http://127.0.0.1/)", "STAT(e,/etc)"),
    ],
)
def test_the_controller_reads_nothing_of_the_machine(line: Line, function: str) -> None:
    controller = Manager(line, "controller", line.secrets.ami_controller)
    said = controller.act("Getvar", Variable=function)
    controller.close()
    assert "Response: Error" in said or "\r\nValue: \r\n" in said, said


def test_a_right_password_from_another_address_is_nobody(line: Line) -> None:
    for account in ("reader", "controller"):
        stranger = Manager(line, account, secret_of(line, account), "127.0.0.9")
        assert "Authentication failed" in stranger.reply
        stranger.close()


def test_a_wrong_password_is_nobody(line: Line) -> None:
    stranger = Manager(line, "reader", "wrong")
    assert "Authentication failed" in stranger.reply
    stranger.close()


def test_a_seat_with_a_wrong_password_does_not_register(line: Line, tmp_path: Path) -> None:
    seat = Carrier("127.0.0.6", line.target, tmp_path)
    try:
        with pytest.raises(AssertionError, match="refused"):
            seat.register("8003-desk", "wrong", 5099)
    finally:
        seat.stop()


@pytest.mark.parametrize("number", ["119", "12366", "12345", "13800001111", "8004"])
def test_a_seat_rings_other_seats_and_never_a_trunk(
    line: Line, tmp_path: Path, number: str
) -> None:
    """8004 exists and nobody is there; the others are not numbers a seat can dial."""
    seat = Carrier("127.0.0.6", line.target, tmp_path)
    password = line.secrets.seats["8003"]
    text = (SCENARIOS / "seat_calls.xml").read_text("utf-8")
    text = text.replace("[field1]", f"[authentication username=8003-desk password={password}]")
    scenario = tmp_path / "seat_calls.xml"
    scenario.write_text(text.replace("[field0]", number), "utf-8")
    before = len(line.queue_log())
    try:
        call = seat.run(scenario, ("-m", "1", "-timeout", "20", line.target))
        call.wait(25)
        assert "SIP/2.0 200" not in call.errors()
        refused = "503" if number == "8004" else "404"
        assert f"SIP/2.0 {refused}" in call.errors()
    finally:
        seat.stop()
    assert line.queue_log()[before:] == []


def test_a_carrier_may_not_register_as_a_seat_and_still_rings_us(
    line: Line, carrier: Carrier, caller: str
) -> None:
    with pytest.raises(AssertionError, match="refused"):
        carrier.register("8003-desk", line.secrets.seats["8003"], 5099)
    carrier.place([Dial("12345", caller, stay=9)])
    until(lambda: line.entered(caller), 10)
