/** Ticket drafts live in this browser until saved or until the agent signs out. */
import type { TicketFields } from '@/api/types';

const PREFIX = 'hotline.draft.';

export interface Draft {
  user: string;
  call_id: string;
  label: string;
  saved_at: number;
  fields: TicketFields;
}

const keyOf = (user: string, callId: string) => `${PREFIX}${user}.${callId}`;

export function keepDraft(draft: Draft): boolean {
  try {
    localStorage.setItem(keyOf(draft.user, draft.call_id), JSON.stringify(draft));
    return true;
  } catch {
    return false; // Storage full or forbidden: the form says so instead of pretending.
  }
}

export function readDraft(user: string, callId: string): Draft | null {
  try {
    const text = localStorage.getItem(keyOf(user, callId));
    return text ? (JSON.parse(text) as Draft) : null;
  } catch {
    return null;
  }
}

export function dropDraft(user: string, callId: string): void {
  localStorage.removeItem(keyOf(user, callId));
}

/** This agent's drafts, newest first. */
export function draftsOf(user: string): Draft[] {
  const found: Draft[] = [];
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(`${PREFIX}${user}.`)) continue;
    try {
      found.push(JSON.parse(localStorage.getItem(key) ?? '') as Draft);
    } catch {
      localStorage.removeItem(key);
    }
  }
  return found.sort((a, b) => b.saved_at - a.saved_at);
}

/** At sign-out nothing a caller said stays behind on a shared desk, whoever typed it. */
export function dropAllDrafts(): void {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  }
}
