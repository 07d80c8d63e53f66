"""A few people ringing the line all day, so that a newcomer sees it live. Only for the demo."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Final

import structlog

from ivr.languages import Language
from ivr.voice import EXTENSION, SoundToolFailed, speak
from routing.catalogue import Catalogue, MergerMode

from .composition import Line
from .placed_call import CallPlan, place_call
from .sentences import CannotStart

log = structlog.get_logger(__name__)

AT_ONCE: Final = 3
FIRST_PAUSE_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = (4.0, 15.0)
STAY_SECONDS: Final = (40.0, 120.0)
KEY_SHARE: Final = 0.2
AFTER_FAILURE_SECONDS: Final = 5.0
SENTENCES: Final = (
    "您好，我想问一下，公积金怎么提取？需要带哪些材料?",
    "你好，我们小区门口的路灯坏了三天了，晚上走路很不安全。",
    "您好，我想反映一个问题，楼下的饭店油烟很大，一直没有人管。",
    "请问办理居住证要去哪里？周末上班吗?",
    "你好，我要投诉，昨天买的水果缺斤少两。",
)


async def keep_calling(line: Line) -> None:
    """Keep up to three calls on the line until cancelled; what they meet is in the log."""
    audio = await asyncio.to_thread(caller_audio, line.settings.home / "caller")
    numbers = callable_numbers(line.catalogue)
    places = asyncio.Semaphore(AT_ONCE)
    chance = random.Random()
    async with asyncio.TaskGroup() as calls:
        await asyncio.sleep(FIRST_PAUSE_SECONDS)
        while True:
            await places.acquire()
            plan = make_plan(numbers, audio, chance)
            calls.create_task(_one_call(line, plan, places))
            await asyncio.sleep(chance.uniform(*PAUSE_SECONDS))


async def _one_call(line: Line, plan: CallPlan, places: asyncio.Semaphore) -> None:
    settings = line.settings
    try:
        placed = await place_call(plan, settings.trunk_host, (settings.sip_host, settings.sip_port))
        log.info("synthetic_call", number=plan.number, end=placed.end.value)
    except CannotStart as error:
        log.warning("synthetic_call_failed", cause=str(error))
        await asyncio.sleep(AFTER_FAILURE_SECONDS)
    finally:
        places.release()


def callable_numbers(catalogue: Catalogue) -> tuple[str, ...]:
    """Numbers a synthetic caller may ring: never an emergency service."""
    return tuple(
        hotline.number for hotline in catalogue.hotlines if hotline.mode is not MergerMode.EMERGENCY
    )


def make_plan(
    numbers: tuple[str, ...], audio: tuple[bytes, ...], chance: random.Random
) -> CallPlan:
    """A call nobody has made: mobile numbers in China begin with 13 to 19, never with 10."""
    return CallPlan(
        number=chance.choice(numbers),
        caller=f"10{chance.randrange(10**9):09}",
        keys="0" if chance.random() < KEY_SHARE else "",
        key_after_seconds=1.5,
        talk_seconds=chance.uniform(*STAY_SECONDS),
        audio=chance.choice(audio) if audio else b"",
    )


def caller_audio(folder: Path) -> tuple[bytes, ...]:
    """What the callers say, rendered once; silence where it cannot be rendered."""
    spoken = []
    for number, sentence in enumerate(SENTENCES):
        sound = folder / f"{number}.{EXTENSION}"
        try:
            if not sound.exists():
                speak(sentence, Language.ZH, sound)
        except SoundToolFailed as error:
            log.warning("caller_stays_silent", cause=str(error))
            return ()
        spoken.append(sound.read_bytes())
    return tuple(spoken)
