"""What became of a placed call, in sentences."""

from __future__ import annotations

from .placed_call import CallEnd, CallPlan, PlacedCall
from .sentences import speaks_chinese

_ENDS = {
    CallEnd.HUNG_UP_BY_CALLER: ("主叫挂机", "the caller hung up"),
    CallEnd.HUNG_UP_BY_LINE: ("12345 一侧挂机", "the line hung up"),
    CallEnd.GIVEN_UP: ("无人应答，主叫放弃", "nobody answered and the caller gave up"),
    CallEnd.REFUSED: ("被拒绝", "refused"),
    CallEnd.NO_REPLY: ("没有应答", "no reply"),
}


def report(
    plan: CallPlan, placed: PlacedCall, line: tuple[str, int]
) -> tuple[tuple[str, ...], bool]:
    """Sentences to print, and whether the call was answered."""
    zh = speaks_chinese()
    end = _ENDS[placed.end][0 if zh else 1]
    if placed.end is CallEnd.REFUSED:
        code = placed.refused_with
        return (f"{plan.number}: {end} (SIP {code})",), False
    if placed.end is CallEnd.NO_REPLY and placed.answered_after is None:
        address = f"{line[0]}:{line[1]}"
        return (
            (
                f"{plan.number}:{address} 没有应答；系统是否已启动(make run)?"
                if zh
                else f"{plan.number}: {address} does not answer; is the line up (make run)?",
            ),
            False,
        )
    sentences = [_answered(plan, placed, zh)]
    if placed.answered_after is not None:
        sound = ("有声", "sound") if placed.heard_sound else ("静音", "silence")
        sentences.append(
            f"听到 {placed.heard_seconds:.1f} 秒({sound[0]})"
            if zh
            else f"heard {placed.heard_seconds:.1f} s of {sound[1]}"
        )
        if plan.keys:
            sentences.append(f"按键 {placed.pressed}" if zh else f"pressed {placed.pressed}")
    sentences.append(f"{end} ({placed.ended_after:.1f} s)")
    return tuple(sentences), placed.answered_after is not None


def _answered(plan: CallPlan, placed: PlacedCall, zh: bool) -> str:
    if placed.answered_after is None:
        return f"{plan.number}:未接通" if zh else f"{plan.number}: not answered"
    after = placed.answered_after
    return (
        f"{plan.number}:{after:.1f} 秒后接通" if zh else f"{plan.number}: answered in {after:.1f} s"
    )
