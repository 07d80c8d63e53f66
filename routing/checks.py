"""Do the parts of a catalogue fit together? Each check yields faults and never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import calendar_checks, number_checks, queue_checks, speech_checks, transfer_checks
from .draft import Draft
from .faults import Fault

Check = Callable[[Draft], Iterator[Fault]]

CHECKS: tuple[Check, ...] = (
    number_checks.one_main_number,
    number_checks.numbers_are_listed_once,
    number_checks.emergency_numbers_are_never_merged,
    number_checks.emergency_numbers_go_straight_out,
    number_checks.joined_numbers_answer_for_themselves,
    number_checks.sub_centres_are_listed_on_both_sides,
    number_checks.peers_can_be_told_apart,
    queue_checks.names_are_given_once,
    queue_checks.queues_exist,
    queue_checks.language_queues_say_which,
    queue_checks.one_general_queue,
    queue_checks.every_queue_ends_in_the_general_one,
    queue_checks.calls_are_rung_back_through_a_trunk,
    queue_checks.seats_are_listed_once,
    queue_checks.general_queue_has_seats,
    transfer_checks.partner_lines_are_told_apart,
    transfer_checks.partner_lines_have_a_way_out,
    transfer_checks.partner_lines_are_elsewhere,
    transfer_checks.partner_lines_say_each_way_once,
    transfer_checks.returned_callers_are_first,
    calendar_checks.days_are_said_once,
    speech_checks.prompts_exist,
    speech_checks.offers_have_an_answer,
    speech_checks.messages_can_be_left,
    speech_checks.keys_are_free,
    speech_checks.notices_of_cancelled_numbers_end,
    speech_checks.greetings_are_short,
)


def check(draft: Draft) -> list[Fault]:
    """Every fault between the parts of a catalogue."""
    return [found for one in CHECKS for found in one(draft)]
