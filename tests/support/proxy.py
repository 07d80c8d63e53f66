"""A wire between two programs that a test can break: it stops carrying, or is cut."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Final

PIECE: Final = 65_536
RESET: Final = struct.pack("ii", 1, 0)


class Wire:
    """One connection through the proxy, in both directions."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far = near, far
        self.frozen = False
        self.cut = False
        self.left_at: float | None = None

    def carry(self, watch: Callable[[bytes], bool]) -> None:
        """Carry until either side ends; what `watch` says yes to is carried, then near is reset."""
        threading.Thread(target=self._back, daemon=True).start()
        with contextlib.suppress(OSError):
            while data := self.near.recv(PIECE):
                if self.frozen:
                    continue
                # What the far side says to it must not come back first.
                self.cut = self.cut or watch(data)
                self.far.sendall(data)
                if self.cut:
                    self.reset()
        self.left_at = time.monotonic()
        if not self.frozen:
            self.far.close()

    def _back(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.far.recv(PIECE):
                if not self.frozen and not self.cut:
                    self.near.sendall(data)
        if not self.frozen:
            self.near.close()

    def reset(self) -> None:
        """Cut the near side with a TCP reset; the far side still has what was sent."""
        self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.near.close()


class Proxy:
    """Listens on a loopback port and carries each connection to another one."""

    def __init__(self, to_port: int) -> None:
        self.wires: list[Wire] = []
        self.reset_after: bytes = b""
        self._to_port = to_port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> list[Wire]:
        """From now on the connections there are carry nothing, and neither side is told."""
        frozen = [wire for wire in self.wires if wire.left_at is None]
        for wire in frozen:
            wire.frozen = True
        return frozen

    def close(self) -> None:
        """End every connection and listen no more."""
        self._server.close()
        for wire in self.wires:
            wire.near.close()
            wire.far.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._to_port))
                wire = Wire(near, far)
                self.wires.append(wire)
                threading.Thread(target=wire.carry, args=(self._watch,), daemon=True).start()

    def _watch(self, data: bytes) -> bool:
        """Tell, once, that these bytes hold what a reset is to follow."""
        if not self.reset_after or self.reset_after not in data:
            return False
        self.reset_after = b""
        return True
