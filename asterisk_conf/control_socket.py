"""The local console of a running Asterisk, by its own control socket (file mode, not password).

Only this room uses it: no AMI account may run commands or reload.
"""

import subprocess
from dataclasses import dataclass
from typing import Final

from .instance import Instance

REPLY_SECONDS: Final = 15.0


class AsteriskNotRunning(RuntimeError):
    """No Asterisk answers on the control socket of this instance."""


@dataclass(frozen=True, slots=True)
class ControlSocket:
    """Runs one console command at a time and returns what Asterisk prints."""

    instance: Instance

    def run(self, command: str) -> str:
        """Return the output of a console command.

        Raises AsteriskNotRunning when nothing listens or no answer comes in `REPLY_SECONDS`.
        """
        conf = str(self.instance.etc / "asterisk.conf")
        try:
            done = subprocess.run(
                (*self.instance.program(), "-C", conf, "-rx", command),
                capture_output=True,
                timeout=REPLY_SECONDS,
                text=True,
                errors="replace",
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise AsteriskNotRunning(f"no answer to {command!r} in {REPLY_SECONDS} s") from error
        if done.returncode != 0:
            raise AsteriskNotRunning(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def running(self) -> bool:
        """Tell whether Asterisk answers and has finished booting."""
        try:
            return "fully booted" in self.run("core waitfullybooted")
        except AsteriskNotRunning:
            return False
