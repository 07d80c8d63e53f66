"""Each generated file says what it was made from, and marks the text it was made with."""

import hashlib
from pathlib import Path

import pytest

from asterisk_conf.instance import Instance, Secrets
from asterisk_conf.render import GENERATED, render
from routing.catalogue import Catalogue
from routing.loader import load_catalogue

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("root")
    (root / "usr/lib/x86_64-linux-gnu/asterisk/modules").mkdir(parents=True)
    catalogue: Catalogue = load_catalogue(REPOSITORY / "routing/nanjing")
    seats = dict.fromkeys(catalogue.index.seats, "seat-secret")
    instance = Instance(root / "home", root, root / "prompts", ("rescue",))
    return render(catalogue, instance, Secrets("reader", "controller", seats), "{}")


@pytest.mark.parametrize(("path", "template"), sorted(GENERATED.items()))
def test_a_generated_file_names_its_source_and_the_hash_of_its_text(
    files: dict[str, str], path: str, template: str
) -> None:
    first, second, body = files[path].split("\n", 2)
    assert first.startswith(f"; Generated from {template} and the catalogue")
    assert second.endswith(hashlib.sha256(body.encode()).hexdigest()[:16])


def test_carriers_and_peers_are_known_by_their_address_alone(files: dict[str, str]) -> None:
    sections = [part for part in files["pjsip.conf"].split("\n[") if "type = endpoint" in part]
    ours = [part for part in sections if "context = from-seat" not in part]
    assert ours
    assert all("identify_by = ip\n" in part for part in ours)


def test_a_sub_centre_rings_our_own_people_and_nobody_else(files: dict[str, str]) -> None:
    contexts = dict(part.split("]", 1) for part in files["generated/numbers.conf"].split("\n[")[1:])
    ours = contexts["our-numbers"]
    assert contexts["from-subcentre-12366"].split() == ["include", "=>", "our-numbers"]
    assert "exten => 12345,1," in ours
    assert not [n for n in ("110", "119", "120", "122", "12366") if f"exten => {n},1," in ours]
