/** What the browser counts of a call's media; packets in and out prove that both can hear. */

export interface Quality {
  packetsIn: number;
  packetsOut: number;
  lost: number;
  /** Round trip in ms, where the far end reports it. */
  roundTrip: number | null;
  /** Jitter in ms. */
  jitter: number | null;
  grade: 'good' | 'fair' | 'poor' | 'silent';
}

type Row = Record<string, unknown>;
const number = (value: unknown) => (typeof value === 'number' ? value : 0);

/** Grades over what came since the last look: old losses must not colour the present. */
export function gradeOf(before: Quality | null, now: Omit<Quality, 'grade'>): Quality['grade'] {
  const received = now.packetsIn - (before?.packetsIn ?? 0);
  const lost = Math.max(0, now.lost - (before?.lost ?? 0));
  if (received <= 0) return 'silent';
  const share = lost / (received + lost);
  if (share > 0.05 || (now.jitter ?? 0) > 60 || (now.roundTrip ?? 0) > 500) return 'poor';
  if (share > 0.01 || (now.jitter ?? 0) > 30 || (now.roundTrip ?? 0) > 250) return 'fair';
  return 'good';
}

export async function readQuality(
  connection: RTCPeerConnection,
  before: Quality | null,
): Promise<Quality> {
  const now = { packetsIn: 0, packetsOut: 0, lost: 0, roundTrip: null, jitter: null } as Omit<
    Quality,
    'grade'
  >;
  const report = await connection.getStats();
  report.forEach((value: Row) => {
    if (value.type === 'inbound-rtp' && value.kind === 'audio') {
      now.packetsIn += number(value.packetsReceived);
      now.lost += number(value.packetsLost);
      now.jitter = Math.round(number(value.jitter) * 1000);
    } else if (value.type === 'outbound-rtp' && value.kind === 'audio') {
      now.packetsOut += number(value.packetsSent);
    } else if (value.type === 'remote-inbound-rtp' && typeof value.roundTripTime === 'number') {
      now.roundTrip = Math.round(value.roundTripTime * 1000);
    }
  });
  return { ...now, grade: gradeOf(before, now) };
}
