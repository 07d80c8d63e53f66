/** The websocket to the console: resumes after the last message seen, and never shows one twice. */
import type { LiveMessage } from '@/api/types';
import { isAfter } from './ids';

export type LinkState = 'connecting' | 'open' | 'lost' | 'refused' | 'closed';

export interface LinkListener {
  state(state: LinkState): void;
  message(message: LiveMessage): void;
  /** The gap could not be replayed: everything shown must be fetched anew. */
  resync(): void;
}

interface Socket {
  readyState: number;
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface LinkParts {
  open: () => Socket;
  random: () => number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const PING_EVERY_MS = 20_000;
/** Silence after a ping for this long means the line is dead though TCP has not noticed. */
const SILENCE_MS = 45_000;
const OPEN_STATE = 1;
/** The server closes with this when the session is gone or the origin is foreign. */
const REFUSED = new Set([4001, 4401, 4403, 1008]);

/** Delay before attempt n (from 0): doubling, capped, and spread so that 500 desks do not return at once. */
export function backoff(attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

function browserParts(): LinkParts {
  return {
    open: () => {
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
      return new WebSocket(`${scheme}://${location.host}/ws`) as unknown as Socket;
    },
    random: Math.random,
  };
}

export class LiveLink {
  private socket: Socket | null = null;
  private lastId: string | number | null = null;
  private attempt = 0;
  private heardAt = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private pulse: ReturnType<typeof setInterval> | null = null;
  private stopped = false;

  constructor(
    private readonly listener: LinkListener,
    private readonly parts: LinkParts = browserParts(),
  ) {}

  start(): void {
    this.stopped = false;
    this.connect();
    this.pulse = setInterval(() => this.beat(), PING_EVERY_MS);
  }

  stop(): void {
    this.stopped = true;
    if (this.retry) clearTimeout(this.retry);
    if (this.pulse) clearInterval(this.pulse);
    this.retry = this.pulse = null;
    this.drop();
    this.listener.state('closed');
  }

  /** Try at once, for example when the network comes back. */
  hurry(): void {
    if (this.stopped || this.socket) return;
    if (this.retry) clearTimeout(this.retry);
    this.connect();
  }

  private connect(): void {
    this.retry = null;
    this.listener.state('connecting');
    const socket = this.parts.open();
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      // Said even with nothing to resume: the server then need not wait to hear whether we will.
      this.send({ type: 'resume', last_id: this.lastId === null ? null : String(this.lastId) });
    };
    socket.onmessage = (event) => this.hear(event.data);
    socket.onclose = (event) => this.closed(socket, event.code);
  }

  private hear(data: unknown): void {
    this.heardAt = Date.now();
    let message: LiveMessage;
    try {
      message = JSON.parse(String(data)) as LiveMessage;
    } catch {
      return; // Not ours to understand; the next message stands on its own.
    }
    if (message.type === 'Hello') return this.hello(message);
    if (message.type === 'Resync') return this.resync(message);
    const id = message.id;
    const counted = id !== undefined && id !== null && !['Floor', 'Error', 'Pong', 'pong'].includes(message.type);
    if (counted) {
      if (this.lastId !== null && !isAfter(id, this.lastId)) return;
      this.lastId = id;
    }
    this.listener.message(message);
  }

  private hello(message: LiveMessage): void {
    const head = (message.data?.last_id ?? null) as string | number | null;
    const first = this.lastId === null;
    this.attempt = 0;
    // A head behind ours means the stream was begun anew: old ids no longer order anything.
    const begunAnew = !first && head !== null && isAfter(this.lastId!, head);
    if (first || begunAnew) this.lastId = head;
    this.listener.state('open');
    if (first || begunAnew) this.listener.resync();
  }

  private resync(message: LiveMessage): void {
    const head = (message.data?.last_id ?? message.id ?? null) as string | number | null;
    if (head !== null) this.lastId = head;
    this.listener.resync();
  }

  private closed(socket: Socket, code: number): void {
    if (socket !== this.socket) return;
    this.socket = null;
    if (this.stopped) return;
    this.listener.state(REFUSED.has(code) ? 'refused' : 'lost');
    this.retry = setTimeout(() => this.connect(), backoff(this.attempt++, this.parts.random));
  }

  private beat(): void {
    if (!this.socket || this.socket.readyState !== OPEN_STATE) return;
    if (Date.now() - this.heardAt > SILENCE_MS) {
      const dead = this.socket;
      this.drop();
      this.socket = dead;
      this.closed(dead, 1006);
      return;
    }
    this.send({ type: 'ping' });
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private send(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }
}
