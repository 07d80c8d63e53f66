import { describe, expect, it, vi, beforeEach, afterEach } from 'vitest';
import type { LiveMessage } from '@/api/types';
import { isAfter } from '@/live/ids';
import { backoff, LiveLink } from '@/live/link';

class FakeSocket {
  readyState = 1;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close() {
    this.readyState = 3;
  }
  says(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function aDesk() {
  const sockets: FakeSocket[] = [];
  const heard: LiveMessage[] = [];
  const states: string[] = [];
  let resyncs = 0;
  const link = new LiveLink(
    { state: (s) => states.push(s), message: (m) => heard.push(m), resync: () => resyncs++ },
    {
      open: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
      random: () => 1,
    },
  );
  link.start();
  const newest = () => sockets.at(-1)!;
  return { link, sockets, newest, heard, states, resyncs: () => resyncs };
}

const hello = (last_id: string) => ({ type: 'Hello', data: { last_id } });

describe('the live link', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('given a first connection, it fetches a snapshot and then only newer events', () => {
    const desk = aDesk();
    desk.newest().onopen?.();
    desk.newest().says(hello('5-0'));
    desk.newest().says({ id: '5-0', type: 'CallEnded' });
    desk.newest().says({ id: '6-0', type: 'MemberRang' });
    desk.newest().says({ id: '6-0', type: 'MemberRang' });
    expect(desk.heard.map((m) => m.id)).toEqual(['6-0']);
    expect(desk.resyncs()).toBe(1);
    desk.link.stop();
  });

  it('given a lost connection, it comes back and resumes after the last event seen', () => {
    const desk = aDesk();
    desk.newest().onopen?.();
    desk.newest().says(hello('5-0'));
    desk.newest().says({ id: '9-1', type: 'MemberRang' });
    desk.newest().onclose?.({ code: 1006 });
    expect(desk.states.at(-1)).toBe('lost');
    vi.advanceTimersByTime(500);
    desk.newest().onopen?.();
    expect(desk.newest().sent[0]).toEqual({ type: 'resume', last_id: '9-1' });
    desk.newest().says(hello('12-0'));
    desk.newest().says({ id: '10-0', type: 'CallConnected' });
    expect(desk.heard.map((m) => m.id)).toEqual(['9-1', '10-0']);
    expect(desk.resyncs()).toBe(1);
    desk.link.stop();
  });

  it('given a stream begun anew, old ids are forgotten and all is fetched', () => {
    const desk = aDesk();
    desk.newest().says(hello('900-0'));
    desk.newest().onclose?.({ code: 1012 });
    vi.advanceTimersByTime(500);
    desk.newest().says(hello('3-0'));
    desk.newest().says({ id: '4-0', type: 'MemberRang' });
    expect(desk.heard).toHaveLength(1);
    expect(desk.resyncs()).toBe(2);
    desk.link.stop();
  });

  it('given a dead line that never closes, it gives up after silence and reconnects', () => {
    const desk = aDesk();
    desk.newest().says(hello('1-0'));
    vi.advanceTimersByTime(61_000);
    expect(desk.states).toContain('lost');
    expect(desk.sockets.length).toBeGreaterThan(1);
    desk.link.stop();
  });

  it('spreads and caps the delays', () => {
    expect(backoff(0, () => 0)).toBe(250);
    expect(backoff(3, () => 1)).toBe(4000);
    expect(backoff(40, () => 1)).toBe(15_000);
  });

  it('orders stream ids by number, not by letter', () => {
    expect(isAfter('10-0', '9-0')).toBe(true);
    expect(isAfter('9-2', '9-10')).toBe(false);
    expect(isAfter(7, 7)).toBe(false);
  });
});
