/** One way to the server: JSON in, JSON out, and one kind of error with a sentence in each language. */
import { noteServerTime } from '@/text/clock';

/** One field that does not fit, said in both languages. */
export interface FieldFault {
  field: string;
  zh: string;
  en: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly field: string | null = null,
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(en);
  }
}

function isFault(one: unknown): one is FieldFault {
  const fault = (one ?? {}) as Record<string, unknown>;
  return [fault.field, fault.zh, fault.en].every((part) => typeof part === 'string');
}

/** What a failed answer says; servers in front of ours may answer with HTML, hence the care. */
export function readError(status: number, body: unknown): ApiError {
  const outer = (body ?? {}) as Record<string, unknown>;
  const inner = (
    outer.detail && typeof outer.detail === 'object' && !Array.isArray(outer.detail)
      ? outer.detail
      : outer
  ) as Record<string, unknown>;
  if (typeof inner.zh === 'string' && typeof inner.en === 'string') {
    const field = typeof inner.field === 'string' ? inner.field : null;
    const first = field ? [{ field, zh: inner.zh, en: inner.en }] : [];
    const all = Array.isArray(inner.errors) ? inner.errors.filter(isFault) : [];
    const faults = all.length ? all : first;
    return new ApiError(status, String(inner.code ?? 'error'), inner.zh, inner.en, field, faults);
  }
  return new ApiError(
    status,
    `http_${status}`,
    `服务器没有完成这个请求（${status}），请稍后再试。`,
    `The server did not complete this request (${status}). Please try again shortly.`,
  );
}

const unreachable = () =>
  new ApiError(
    0,
    'unreachable',
    '连不上服务器，请检查网络后重试。',
    'The server cannot be reached. Check the network and try again.',
  );

let onSignedOut: (() => void) | null = null;

/** Called when the server no longer knows our session, whichever request found out. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}

const TIMEOUT_MS = 15_000;

export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw unreachable();
  }
  noteServerTime(response.headers.get('Date'));
  const text = await response.text();
  let parsed: unknown = null;
  try {
    parsed = text ? JSON.parse(text) : null;
  } catch {
    parsed = null;
  }
  if (!response.ok) {
    if (response.status === 401 && path !== '/session') onSignedOut?.();
    throw readError(response.status, parsed);
  }
  return parsed as T;
}
