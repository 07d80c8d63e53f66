/** What a ticket needs before it can be saved, and the form's empty state. */
import { ApiError } from '@/api/client';
import type { Audience, BroughtFacts, Ticket, TicketFields, TicketKind, TicketUrgency } from '@/api/types';
import { instantOf, wallClock } from './time';

export const KINDS: TicketKind[] = [
  'consultation',
  'help',
  'complaint',
  'report',
  'suggestion',
  'praise',
];
export const URGENCIES: TicketUrgency[] = ['normal', 'urgent', 'critical'];
export const AUDIENCES: Audience[] = ['personal', 'enterprise'];
export const TITLE_MAX = 120;
export const CONTENT_MAX = 5000;

/** occurred_at in the form is the city's wall clock, "YYYY-MM-DD HH:mm". */
export function emptyFields(audience: Audience = 'personal'): TicketFields {
  return {
    kind: '',
    urgency: 'normal',
    title: '',
    requester_name: '',
    requester_phone: '',
    address: '',
    occurred_at: null,
    cause: '',
    content: '',
    confidential: false,
    audience,
    enterprise_name: '',
    credit_code: '',
    policy_category: '',
  };
}

export function fieldsOf(ticket: Ticket): TicketFields {
  return {
    kind: ticket.kind,
    urgency: ticket.urgency,
    title: ticket.title,
    requester_name: ticket.requester_name ?? '',
    requester_phone: ticket.requester_phone ?? '',
    address: ticket.address ?? '',
    occurred_at: wallClock(ticket.occurred_at),
    cause: ticket.cause ?? '',
    content: ticket.content,
    confidential: ticket.confidential,
    audience: ticket.audience,
    enterprise_name: ticket.enterprise_name ?? '',
    credit_code: ticket.credit_code ?? '',
    policy_category: ticket.policy_category ?? '',
  };
}

/** A message key of ours, or the server's sentence in both languages. */
export type Fault = string | { zh: string; en: string };
export type Faults = Partial<Record<keyof TicketFields, Fault>>;

/** What the server says is wrong with fields of this form; empty where it is about something else. */
export function faultsFrom(error: unknown, fields: TicketFields): Faults {
  if (!(error instanceof ApiError)) return {};
  const ours = error.faults.filter((fault) => fault.field in fields);
  return Object.fromEntries(ours.map((fault) => [fault.field, { zh: fault.zh, en: fault.en }]));
}

/** Field → message key of the sentence to show under it. */
export function faultsOf(fields: TicketFields): Faults {
  const faults: Faults = {};
  if (!fields.kind) faults.kind = 'ticket.fault.kind';
  if (!fields.title.trim()) faults.title = 'ticket.fault.title';
  if (!fields.content.trim()) faults.content = 'ticket.fault.content';
  const phone = fields.requester_phone.trim();
  if (phone && !/^\+?[\d*][\d*\- ]{2,24}$/.test(phone)) faults.requester_phone = 'ticket.fault.phone';
  return faults;
}

/** Nothing has been written; for whom it is comes from the call. */
export function isEmpty(fields: TicketFields): boolean {
  return JSON.stringify(fields) === JSON.stringify(emptyFields(fields.audience));
}

/** What a sub-centre knows already, wherever the agent has written nothing yet. */
export function filledFrom(brought: BroughtFacts, fields: TicketFields): TicketFields {
  const untouched = emptyFields(fields.audience);
  const known: Record<string, string | null | undefined> = { ...brought, occurred_at: wallClock(brought.occurred_at ?? null) };
  const filled = Object.entries(fields).map(([key, now]) => [
    key, now === untouched[key as keyof TicketFields] && known[key] ? known[key] : now,
  ]);
  return Object.fromEntries(filled) as TicketFields;
}

const orNull = (text: string) => text.trim() || null;

/** The fields as the server takes them; what is hidden on a person's form is not sent. */
export function bodyOf(fields: TicketFields): Record<string, unknown> {
  const ofEnterprise = (text: string) => (fields.audience === 'enterprise' ? orNull(text) : null);
  return {
    kind: fields.kind,
    urgency: fields.urgency,
    title: fields.title.trim(),
    requester_name: orNull(fields.requester_name),
    requester_phone: orNull(fields.requester_phone),
    address: orNull(fields.address),
    occurred_at: instantOf(fields.occurred_at),
    cause: orNull(fields.cause),
    content: fields.content.trim(),
    confidential: fields.confidential,
    audience: fields.audience,
    enterprise_name: ofEnterprise(fields.enterprise_name),
    credit_code: ofEnterprise(fields.credit_code),
    policy_category: ofEnterprise(fields.policy_category),
  };
}

/** Only what changed, so that a masked number shown in a field is never written back. */
export function changesOf(before: TicketFields, after: TicketFields): Record<string, unknown> {
  const was = bodyOf(before);
  return Object.fromEntries(Object.entries(bodyOf(after)).filter(([key, now]) => was[key] !== now));
}
