/** The server's clock as this browser sees it, so that timers agree on every desk. */

let offsetMs = 0;

/** Learns from a Date header; it has whole seconds only, so small differences are not noise to chase. */
export function noteServerTime(header: string | null): void {
  if (!header) return;
  const server = Date.parse(header);
  if (Number.isNaN(server)) return;
  const difference = server + 500 - Date.now();
  offsetMs = Math.abs(difference) > 2_000 ? difference : 0;
}

/** Now in ms since the epoch, by the server's clock. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}
