"""A sub-centre: a second real Asterisk at its own address, which takes and sends calls as told."""

import re
import signal
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
# CITIZEN and KEY: for whom the next call to the city is, and what it carries.
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
[to-city]
exten => _X.,1,Set(CALLERID(num)=${CITIZEN})
 same => n,Dial(PJSIP/${EXTEN}@city,60,b(carry^s^1))
[carry]
exten => s,1,GotoIf($["${KEY}"="none"]?over)
 same => n,Set(PJSIP_HEADER(add,User-to-User)=${KEY}\\;encoding=hex)
 same => n(over),Return()
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
aors = city
disallow = all
allow = alaw
[city]
type = aor
contact = sip:{city}
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

    def calls(self, number: str, citizen: str, key: str = "none") -> None:
        """Send a citizen to a number of the city's, with a key in User-to-User."""
        self.cli(f"dialplan set global CITIZEN {citizen}")
        self.cli(f"dialplan set global KEY {key.partition(';')[0]}")
        self.cli(f"channel originate Local/{number}@to-city application Wait 90")

    def dies(self) -> None:
        """It answers no packet any more, until it is revived."""
        self.asterisk.send_signal(signal.SIGSTOP)

    def revives(self) -> None:
        self.asterisk.send_signal(signal.SIGCONT)

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
def running_centre(home: Path, host: str, port: int, city: str) -> Iterator[Centre]:
    """Start it at an address and a port, `city` being where it rings; stop it at the end."""
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
    own = {"extensions.conf": DIALPLAN, "pjsip.conf": SIP.format(host=host, port=port, city=city)}
    write_files(instance.etc, files | own)
    asterisk = started(instance.command(), home / "asterisk.out")
    try:
        until(ControlSocket(instance).running, 30, "the sub-centre's Asterisk answers")
        yield Centre(instance, asterisk)
    finally:
        asterisk.send_signal(signal.SIGCONT)
        stopped(asterisk)
