/** Times are shown in the city's zone whatever the desk's own setting. */

const ZONE = 'Asia/Shanghai';

function parts(iso: string): Record<string, string> | null {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return null;
  const found: Record<string, string> = {};
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: ZONE,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  for (const part of format.formatToParts(time)) found[part.type] = part.value;
  return found;
}

/** "2026-11-22 23:04:05", or a dash where there is no time. */
export function dateTime(iso: string | null | undefined): string {
  const p = iso ? parts(iso) : null;
  return p ? `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}` : '–';
}

/** "11-22 23:04": enough for a list of recent things. */
export function shortDateTime(iso: string | null | undefined): string {
  const p = iso ? parts(iso) : null;
  return p ? `${p.month}-${p.day} ${p.hour}:${p.minute}` : '–';
}

/** "23:04:05". */
export function clockTime(iso: string | null | undefined): string {
  const p = iso ? parts(iso) : null;
  return p ? `${p.hour}:${p.minute}:${p.second}` : '–';
}

/** The wall-clock text a date field holds: "2026-11-22 23:04". */
export function wallClock(iso: string | null | undefined): string | null {
  const p = iso ? parts(iso) : null;
  return p ? `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}` : null;
}

/** A wall-clock text of the city as an instant; China keeps +08:00 all year. */
export function instantOf(wall: string | null): string | null {
  return wall ? `${wall.replace(' ', 'T')}:00+08:00` : null;
}

/** 75 000 → "1:15"; over an hour "1:02:03". Negative is shown as zero. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return '–';
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

export function msSince(iso: string | null | undefined, now: number): number | null {
  const time = iso ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(time) ? null : Math.max(0, now - time);
}

export function msUntil(iso: string | null | undefined, now: number): number | null {
  const time = iso ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(time) ? null : Math.max(0, time - now);
}
