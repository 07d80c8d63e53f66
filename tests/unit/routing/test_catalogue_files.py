"""A catalogue's files: missing, damaged, no YAML at all. A clear sentence each, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.faults import CatalogueFaults, Fault
from routing.loader import load_catalogue
from tests.support.catalogue import edited_copy


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    assert _faults(tmp_path / "none.yaml") == [(1, 1, "file_missing")]


def test_an_empty_folder(tmp_path: Path) -> None:
    assert (1, 1, "folder_empty") in _faults(tmp_path)


def test_a_file_that_is_not_utf8(tmp_path: Path, small_city: str) -> None:
    file = tmp_path / "city.yaml"
    file.write_bytes(small_city.encode("gb18030"))
    assert _faults(file) == [(3, 14, "not_utf8")]


@pytest.mark.parametrize(
    ("text", "place"),
    [("a: \x00", (1, 4)), ("[" * 5000, (1, 1)), ("- 1\n", None), ("a: 1\n---\nb: 2", (2, 1))],
    ids=["nul", "deep", "list", "two-documents"],
)
def test_a_file_that_is_no_mapping(
    tmp_path: Path, text: str, place: tuple[int, int] | None
) -> None:
    file = tmp_path / "city.yaml"
    file.write_text(text, encoding="utf-8")
    expected = (*place, "yaml_syntax") if place else (1, 1, "not_a_mapping")
    assert _faults(file) == [expected]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "city.yaml"
    file.write_text("#" * 1_000_001, encoding="utf-8")
    assert _faults(file) == [(1, 1, "file_too_large")]


def test_a_folder_is_one_catalogue_and_a_section_stands_in_one_file(
    tmp_path: Path, small_city: str
) -> None:
    head, tail = small_city.split("queues:\n  - {name", 1)
    (tmp_path / "a.yaml").write_text(head, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("queues:\n  - {name" + tail, encoding="utf-8")
    assert len(load_catalogue(tmp_path).hotlines) == 4
    twice = "city: {}\nprompts:\n  hello: {zh: 喂, en: Hi}\nqueues: []\n"
    (tmp_path / "c.yaml").write_text(twice, encoding="utf-8")
    assert _faults(tmp_path) == [(1, 1, "section_twice"), (3, 3, "key_twice")]


def test_an_unreadable_file_hides_no_fault_of_the_others(tmp_path: Path, small_city: str) -> None:
    (tmp_path / "a.yaml").write_text("x: [", encoding="utf-8")
    bad = small_city.replace("mode: merged", "mode: swallowed")
    (tmp_path / "b.yaml").write_text(bad, encoding="utf-8")
    assert [code for _, _, code in _faults(tmp_path)] == ["yaml_syntax", "value_wrong"]


@settings(max_examples=60, deadline=None)
@given(cut=st.data())
def test_a_damaged_catalogue_is_loaded_or_refused_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, cut: st.DataObject
) -> None:
    from_here = cut.draw(st.integers(0, len(WHOLE)))
    length = cut.draw(st.integers(0, 40))
    noise = cut.draw(st.sampled_from(["", "x", "{", "- ", "\n", ": ", "null", "[1]", "99", "'"]))
    file = tmp_path_factory.getbasetemp() / "damaged.yaml"
    damaged = WHOLE[:from_here] + noise + WHOLE[from_here + length :]
    file.write_text(damaged, encoding="utf-8")
    told = _faults_told(file)
    assert told is None or told


def _faults_told(path: Path) -> tuple[Fault, ...] | None:
    try:
        load_catalogue(path)
    except CatalogueFaults as found:
        return found.faults
    return None


def _faults(path: Path) -> list[tuple[int, int, str]]:
    with pytest.raises(CatalogueFaults) as found:
        load_catalogue(path)
    return [(fault.line, fault.column, fault.code) for fault in found.value.faults]


FOLDER = Path(__file__).parents[3] / "routing" / "nanjing"
WHOLE = "\n".join(file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yaml")))


def test_a_sub_centre_at_a_carriers_address_could_not_be_told_from_it(tmp_path: Path) -> None:
    folder = edited_copy(tmp_path / "city", ("host: 127.0.0.3", "host: 127.0.0.2"))
    assert [code for _, _, code in _faults(folder)] == ["host_shared"]
