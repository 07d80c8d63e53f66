"""A PostgreSQL of the test's own."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@contextlib.contextmanager
def postgres(port: int) -> Iterator[str]:
    """The URL of a fresh, empty database. It refuses to run as root, so it runs as nobody."""
    if not PROGRAMS:
        raise FileNotFoundError("no PostgreSQL programs: run deploy/setup.sh test")
    programs = PROGRAMS[-1].parent
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        if user:
            import pwd

            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        data = os.fspath(home / "data")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user}
        initdb = [programs / "initdb", "-D", data, "-U", "hotline", "--auth=trust", "-N"]
        subprocess.run(initdb, check=True, cwd=home, timeout=60, **quiet)  # type: ignore[call-overload]
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1"
        control = [programs / "pg_ctl", "-D", data, "-w", "-t", "30"]
        subprocess.run(  # type: ignore[call-overload]
            [*control, "-o", options, "start"], check=True, cwd=home, timeout=60, **quiet
        )
        try:
            yield f"postgresql://hotline@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(  # type: ignore[call-overload]
                [*control, "-m", "immediate", "stop"], check=False, cwd=home, timeout=60, **quiet
            )
