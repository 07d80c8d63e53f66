"""A catalogue being checked: the parts that could be read, and where each was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .calendar import Calendar
from .catalogue import (
    AfterCall,
    Announcements,
    CallBacks,
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
from .faults import Place
from .neighbours import EmergencyTrunk, PartnerLine, SubCentre, Trunk, WayOut
from .yaml_tree import Branch, Leaf, Row, key_place, place_of


@dataclass
class Draft:
    """Valid entries by their place in the list; an entry with a fault of its own is left out."""

    tree: Branch
    city: City | None = None
    limits: Limits | None = None
    calendar: Calendar | None = None
    call_backs: CallBacks | None = None
    emergency: EmergencyTrunk | None = None
    announcements: Announcements | None = None
    after_call: AfterCall | None = None
    message: VoiceMessage | None = None
    progress: Progress | None = None
    open_list: OpenList | None = None
    hotlines: dict[int, Hotline] = field(default_factory=dict)
    queues: dict[int, QueueRule] = field(default_factory=dict)
    seats: dict[int, SeatGroup] = field(default_factory=dict)
    sub_centres: dict[int, SubCentre] = field(default_factory=dict)
    trunks: dict[int, Trunk] = field(default_factory=dict)
    ways_out: dict[int, WayOut] = field(default_factory=dict)
    partner_lines: dict[int, PartnerLine] = field(default_factory=dict)
    pause_reasons: dict[int, PauseReason] = field(default_factory=dict)
    policy_categories: dict[int, PolicyCategory] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    durations: Mapping[str, float] = field(default_factory=dict)

    def at(self, *path: str | int) -> Place:
        """Where a value was written."""
        return place_of(self.tree, path)

    def at_key(self, *path: str | int) -> Place:
        """Where a key was written."""
        return key_place(self.tree, path)

    def whole(self, section: str) -> bool:
        """Whether every entry of a list could be read, so that absence proves something."""
        row = self.tree.child(section)
        entries = len(row.items) if isinstance(row, Row) else 0
        return entries == len(getattr(self, section))

    def names(self, section: str, field_name: str) -> set[str]:
        """Names written in a list, those of faulty entries too, so one fault is told once."""
        row = self.tree.child(section)
        if not isinstance(row, Row):
            return set()
        found = (item.child(field_name) for item in row.items if isinstance(item, Branch))
        return {leaf.text for leaf in found if isinstance(leaf, Leaf) and leaf.text}

    def prompt_names(self) -> set[str]:
        """Names of all prompts as written."""
        branch = self.tree.child("prompts")
        return set(branch.items) if isinstance(branch, Branch) else set()
