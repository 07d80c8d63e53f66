"""Reading a city's catalogue: every fault is reported at once, with file, line and column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from .calendar import Calendar
from .catalogue import (
    AfterCall,
    Announcements,
    CallBacks,
    Catalogue,
    City,
    Hotline,
    Limits,
    OpenList,
    PauseReason,
    PolicyCategory,
    Progress,
    Prompt,
    QueueRule,
    SeatGroup,
    VoiceMessage,
)
from .checks import check
from .draft import Draft
from .entry import WORD_PATTERN
from .entry_faults import entry_faults, misnamed, unknown_field
from .faults import CatalogueFaults, Fault, Place, fault
from .neighbours import EmergencyTrunk, PartnerLine, SubCentre, Trunk, WayOut
from .yaml_tree import Branch, Leaf, Row, Tree, plain, read_tree

_LISTS: dict[str, type[BaseModel]] = {
    "hotlines": Hotline,
    "queues": QueueRule,
    "seats": SeatGroup,
    "sub_centres": SubCentre,
    "trunks": Trunk,
    "ways_out": WayOut,
    "partner_lines": PartnerLine,
    "pause_reasons": PauseReason,
    "policy_categories": PolicyCategory,
}
_SINGLES: dict[str, type[BaseModel]] = {
    "city": City,
    "limits": Limits,
    "emergency": EmergencyTrunk,
    "announcements": Announcements,
    "after_call": AfterCall,
    "message": VoiceMessage,
    "progress": Progress,
    "calendar": Calendar,
    "call_backs": CallBacks,
    "open_list": OpenList,
}
_SECTIONS = (*_LISTS, *_SINGLES, "prompts")
_OPTIONAL = {
    "limits", "emergency", "open_list", "sub_centres", "calendar", "policy_categories",
    "call_backs", "after_call", "message", "progress", "ways_out", "partner_lines",
}  # fmt: skip
_WITH_SOURCE = {"hotlines", "queues", "partner_lines"}
_OURS = {"source", "line"}  # fields that the loader fills in, not the author
_LINE_FIELDS = {"number", "name_zh", "name_en", "unit_zh", "unit_en"}


def load_catalogue(path: Path, durations: Mapping[str, float] | None = None) -> Catalogue:
    """Load a catalogue from one YAML file, or from all *.yaml files of a folder.

    `durations` gives measured seconds by prompt ("greeting") or recording ("zh/greeting");
    what is not measured is estimated from its text. Raises CatalogueFaults with every fault.
    """
    faults: list[Fault] = []
    tree = _read_all(path, faults)
    usable = not faults
    draft = Draft(tree, durations=dict(durations or {}))
    _fill(draft, faults, sections_known=usable)
    faults += check(draft)
    if faults:
        raise CatalogueFaults(tuple(sorted(set(faults))))
    return _catalogue(draft)


def _read_all(path: Path, faults: list[Fault]) -> Branch:
    """All files as one tree: lists are joined, and a mapping may be written once only."""
    tree = Branch({}, {}, Place(str(path)))
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        faults.append(fault(tree.place, "folder_empty"))
    for file in files:
        part, found = read_tree(file, str(file))
        faults += found
        for name, value in part.items.items() if part else ():
            _join(tree, name, value, part.keys[name] if part else value.place, faults)
    return tree


def _join(tree: Branch, name: str, value: Tree, spot: Place, faults: list[Fault]) -> None:
    if name not in _SECTIONS:
        faults.append(unknown_field(spot, name, _SECTIONS))
        return
    known = tree.child(name)
    if known is None:
        tree.items[name], tree.keys[name] = value, spot
    elif isinstance(known, Row) and isinstance(value, Row):
        tree.items[name] = Row([*known.items, *value.items], known.place)
    elif name == "prompts" and isinstance(known, Branch) and isinstance(value, Branch):
        for prompt, text in value.items.items():
            if prompt in known.items:
                first = known.keys[prompt]
                faults.append(fault(value.keys[prompt], "key_twice", key=prompt, first=first))
            known.items.setdefault(prompt, text)
            known.keys.setdefault(prompt, value.keys[prompt])
    else:
        faults.append(fault(spot, "section_twice", key=name, first=tree.keys[name]))


def _fill(draft: Draft, faults: list[Fault], sections_known: bool) -> None:
    """Read every section into its model, part by part, so that one fault hides no other."""
    _spread_open_list(draft.tree, faults)
    for name in _SECTIONS:
        section = draft.tree.child(name)
        if section is None or (isinstance(section, Leaf) and section.text is None):
            # An unreadable file may hold the section: then its absence proves nothing.
            if name not in _OPTIONAL and sections_known:
                faults.append(fault(draft.at_key(name), "section_missing", key=name))
        elif name in _LISTS:
            _fill_list(draft, name, section, faults)
        elif name == "prompts":
            _fill_prompts(draft, section, faults)
        else:
            setattr(draft, name, _entry(section, _SINGLES[name], faults))


def _fill_list(draft: Draft, name: str, section: Tree, faults: list[Fault]) -> None:
    if not isinstance(section, Row):
        faults.append(fault(section.place, "not_a_list"))
        return
    entries = getattr(draft, name)
    for number, item in enumerate(section.items):
        entry = _entry(item, _LISTS[name], faults, with_source=name in _WITH_SOURCE)
        if entry is not None:
            entries[number] = entry


def _fill_prompts(draft: Draft, section: Tree, faults: list[Fault]) -> None:
    if not isinstance(section, Branch):
        faults.append(fault(section.place, "not_a_mapping"))
        return
    for name, item in section.items.items():
        if bad := misnamed(section.keys[name], name, WORD_PATTERN):
            faults.append(bad)
        prompt = _entry(item, Prompt, faults)
        if isinstance(prompt, Prompt):
            draft.prompts[name] = prompt


def _entry(
    item: Tree, model: type[BaseModel], faults: list[Fault], with_source: bool = False
) -> BaseModel | None:
    if not isinstance(item, Branch):
        faults.append(fault(item.place, "not_a_mapping"))
        return None
    written = plain(item)
    assert isinstance(written, dict)
    allowed = tuple(name for name in model.model_fields if name not in _OURS)
    own = [unknown_field(item.keys[key], key, allowed) for key in written if key not in allowed]
    values = {key: value for key, value in written.items() if key in allowed}
    is_line = model is Hotline and isinstance(item, _LineBranch)
    if with_source:
        values["source"] = f"{Path(item.place.file).name}:{item.place.line}"
    if model is Hotline:
        values["line"] = is_line
    try:
        entry = model.model_validate(values)
    except ValidationError as error:
        faults += [*own, *entry_faults(item, error, model)]
        return None
    faults += own
    return None if own else entry


class _LineBranch(Branch):
    """One line of the open list, with what it takes over from the list as a whole."""


def _spread_open_list(tree: Branch, faults: list[Fault]) -> None:
    """Each line of the open list becomes a merged hotline, served and greeted as the list says."""
    section = tree.child("open_list")
    if not isinstance(section, Branch):
        return
    lines = section.items.pop("lines", None)
    if lines is None or (isinstance(lines, Leaf) and lines.text is None):
        return
    if not isinstance(lines, Row):
        faults.append(fault(lines.place, "not_a_list"))
        return
    hotlines = tree.child("hotlines")
    for line in lines.items:
        if not isinstance(line, Branch):
            faults.append(fault(line.place, "not_a_mapping"))
        elif isinstance(hotlines, Row):
            hotlines.items.append(_merged_line(section, line, faults))


def _merged_line(section: Branch, line: Branch, faults: list[Fault]) -> Branch:
    strays = [key for key in line.items if key not in _LINE_FIELDS]
    faults += [unknown_field(line.keys[key], key, tuple(_LINE_FIELDS)) for key in strays]
    items: dict[str, Tree] = {"mode": Leaf("merged", line.place)}
    for key in ("queue", "notice", "greeting", "clause"):
        if key in section.items:
            items[key] = section.items[key]
    items |= {key: value for key, value in line.items.items() if key in _LINE_FIELDS}
    return _LineBranch(items, dict.fromkeys(items, line.place) | line.keys, line.place)


def _catalogue(draft: Draft) -> Catalogue:
    assert draft.city is not None  # a missing section would have been a fault
    assert draft.announcements is not None
    return Catalogue(
        city=draft.city,
        limits=draft.limits or Limits(),
        calendar=draft.calendar or Calendar(),
        call_backs=draft.call_backs or CallBacks(),
        hotlines=tuple(draft.hotlines.values()),
        open_list=draft.open_list,
        queues=tuple(draft.queues.values()),
        seats=tuple(draft.seats.values()),
        sub_centres=tuple(draft.sub_centres.values()),
        emergency=draft.emergency,
        ways_out=tuple(draft.ways_out.values()),
        partner_lines=tuple(draft.partner_lines.values()),
        trunks=tuple(draft.trunks.values()),
        pause_reasons=tuple(draft.pause_reasons.values()),
        policy_categories=tuple(draft.policy_categories.values()),
        prompts=draft.prompts,
        announcements=draft.announcements,
        after_call=draft.after_call,
        message=draft.message,
        progress=draft.progress,
    )
