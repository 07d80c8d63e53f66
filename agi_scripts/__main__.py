"""``python -m agi_scripts HOST PORT CATALOGUE``: the loop's service by itself.

It asks nobody about callers or tickets; `hotline.processes` starts it with those who can tell.
"""

import signal
import sys
from pathlib import Path

import uvloop

from .fastagi import answer_from
from .following import CatalogueInForce

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, port, catalogue = sys.argv[1:]
    uvloop.run(answer_from(CatalogueInForce(Path(catalogue)), host, int(port)))
