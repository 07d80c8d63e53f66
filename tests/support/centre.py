"""A sub-centre: a second real Asterisk at its own address, which takes calls as it is told."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agi_scripts.rescue_table import rescue_table
from asterisk_conf.control_socket import ControlSocket
from asterisk_conf.instance import Instance
from asterisk_conf.render import render
from asterisk_conf.writing import write_files
from routing.loader import load_catalogue

from .line import NANJING, asterisk_root, make_secrets, started, stopped
from .ports import free_port
from .until import until

# MODE: how the next call is taken. What the INVITE brought is written to CEL.
DIALPLAN: Final = """\
[general]
static=yes
[globals]
MODE=answer
[from-city]
exten => 12366,1,CELGenUserEvent(UUI,${PJSIP_HEADER(read,User-to-User)})
 same => n,Goto(${MODE},1)
exten => answer,1,Answer()
 same => n,Wait(120)
exten => busy,1,Hangup(17)
exten => refuse,1,Hangup(42)
exten => ring,1,Ringing()
 same => n,Wait(120)
"""
SIP: Final = """\
[global]
type = global
[udp]
type = transport
protocol = udp
bind = {host}:{port}
[city]
type = endpoint
transport = udp
context = from-city
disallow = all
allow = alaw
[city-address]
type = identify
endpoint = city
match = 127.0.0.1
"""


@dataclass
class Centre:
    """The running sub-centre."""

    instance: Instance
    asterisk: subprocess.Popen[bytes]

    def takes_calls_by(self, mode: str) -> None:
        """answer, busy, refuse (503) or ring for ever."""
        self.cli(f"dialplan set global MODE {mode}")

    def cli(self, command: str) -> str:
        """Run a console command of this Asterisk."""
        return ControlSocket(self.instance).run(command)

    def keys(self) -> list[str]:
        """The User-to-User headers that came, oldest first."""
        log = self.instance.log / "cel-custom/cel.csv"
        text = log.read_text("utf-8") if log.exists() else ""
        return re.findall(r'""extra"":""([^"]*)""[^\n]*"UUI"', text)

    def talks(self) -> int:
        """Calls it holds now."""
        found = re.search(
            r"(\d+)(?: of \d+ max)? active call", self.cli("core show channels count")
        )
        return int(found[1]) if found else 0


@contextmanager
def running_centre(home: Path, host: str, port: int) -> Iterator[Centre]:
    """Start it at an address and a port; stop it at the end."""
    catalogue = load_catalogue(NANJING)
    start = min(free_port() // 2 * 2, 50000)
    instance = Instance(
        home=home, root=asterisk_root(), prompts=home / "prompts", rescue_command=("true",),
        sip_host=host, sip_port=port, http_port=free_port(host), ami_port=free_port(),
        agi_port=free_port(), rtp_start=start, rtp_end=start + 200, node="centre",
    )  # fmt: skip
    (home / "prompts/moh").mkdir(parents=True)
    instance.make_folders()
    table = rescue_table(catalogue, datetime.now(UTC))
    files = render(catalogue, instance, make_secrets(catalogue), table)
    own = {"extensions.conf": DIALPLAN, "pjsip.conf": SIP.format(host=host, port=port)}
    write_files(instance.etc, files | own)
    asterisk = started(instance.command(), home / "asterisk.out")
    try:
        until(ControlSocket(instance).running, 30, "the sub-centre's Asterisk answers")
        yield Centre(instance, asterisk)
    finally:
        stopped(asterisk)
