"""What we ask of Asterisk is done once or not at all, and whatever is unknown becomes known."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from call_events.control import Control
from call_events.link import AmiLink
from call_events.outcome import ActionOutcome, ActionStatus
from call_events.tables import calls
from tests.faults.callers import dials, pass_by
from tests.faults.conftest import CARRIER
from tests.faults.house import House, running_house
from tests.support.catalogue import edited_copy
from tests.support.ports import free_port
from tests.support.proxy import Proxy
from tests.support.sipp import Carrier
from tests.support.until import until

pytestmark = pytest.mark.usefixtures("recorder")


@pytest.fixture(scope="module")
def citizens_port() -> int:
    return free_port(CARRIER, socket.SOCK_DGRAM)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, citizens_port: int) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    port = ("port: 5060                   #", f"port: {citizens_port}  #")
    catalogue = edited_copy(tmp_path_factory.mktemp("city") / "catalogue", port)
    with running_house(folder, catalogue=catalogue) as house:
        yield house


@pytest.fixture
def wire(house: House) -> Iterator[Proxy]:
    proxy = Proxy(house.line.instance.ami_port)
    yield proxy
    proxy.close()


async def rung(house: House, wire: Proxy, fault: str, call_id: str) -> list[ActionOutcome]:
    """Ring a citizen while the link breaks; once it is back, ask for the very same again."""
    link = AmiLink("127.0.0.1", wire.port, "controller", house.line.secrets.ami_controller)
    running = asyncio.create_task(link.run())
    await link.wait_up(5)
    if fault == "reset":
        wire.reset_after = b"Action: Originate"
    else:
        wire.freeze()
    number, outcomes = dials(1, 0)[0].caller, []
    for _ in range(2):
        outcomes.append(await Control(link).ring_back(number, call_id, "12345", "carrier", 10))
        while link.up and len(wire.wires) == 1:
            await asyncio.sleep(0.05)
        await link.wait_up(10)
    running.cancel()
    return outcomes


@pytest.mark.parametrize("fault", ["reset", "half-open"])
def test_given_a_link_that_breaks_behind_an_originate_a_citizen_is_rung_once(
    house: House, carrier: Carrier, wire: Proxy, citizens_port: int, tmp_path: Path, fault: str
) -> None:
    call_id = f"t1-callback-1-{fault}"
    with Carrier(CARRIER, house.line.target, tmp_path) as citizen:
        phone = citizen.answer(citizens_port)

        first, second = asyncio.run(rung(house, wire, fault, call_id))

        assert first.status is ActionStatus.UNKNOWN, "nobody can say whether it was heard"
        # Asterisk queues it before it sees that it knows the id.
        assert second.done
        until(lambda: state(house, call_id) == ["queued"], 10, "the unknown is a call that waits")
        pass_by(2)
        assert phone.counts()["created"] == 1
        # While there is somebody to answer it: a goodbye sent again would count as a call.
        house.line.cli("channel request hangup all")
        until(lambda: house.line.channels() == 0, 10, "the line is quiet")


def state(house: House, call_id: str) -> list[str]:
    return [row["state"] for row in house.rows(calls) if row["call_id"] == call_id]
