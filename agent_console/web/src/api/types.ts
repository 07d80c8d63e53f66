/** The shapes of /api/v1 as the console serves them; times are ISO 8601 with zone. */

export type Role = 'agent' | 'supervisor' | 'admin' | 'officer';
export type Language = 'zh-CN' | 'en';

export interface User {
  username: string;
  display_name: string;
  role: Role;
  extension: string | null;
  language: string | null;
}

export interface Line {
  city: string;
  name_zh: string;
  name_en: string;
  hotline_number: string;
}

export type AgentStateName = 'offline' | 'ready' | 'ringing' | 'talking' | 'wrapup' | 'paused';
export type PhoneKind = 'web' | 'desk';

export interface PhoneAccount {
  ws_url: string;
  sip_uri: string;
  user: string;
  password: string;
  extension: string;
  desk: { user: string; host: string; port: number; password: string } | null;
}

export type MergerMode = string;

export interface Hotline {
  number: string;
  name_zh: string;
  name_en: string;
  unit_zh: string | null;
  unit_en: string | null;
  mode: MergerMode;
}

export interface QueueName {
  name: string;
  name_zh: string;
  name_en: string;
}

/** One choice of the catalogue: a reason for a pause, a policy category. */
export interface Choice {
  code: string;
  zh: string;
  en: string;
}

export interface PathStep {
  step: string;
  reason?: string | null;
  result?: string | null;
  /** What became of the step before this one. */
  last?: string | null;
  at?: string | null;
}

export interface Kept {
  recorded: boolean;
  seconds: number;
  deleted_at: string | null;
}

export type TransferHow = 'cold' | 'warm' | 'conference';

/** One transfer of a call; `result` is empty while it goes on; `expert`: the seat that answered in a room. */
export interface Transfer {
  number: number;
  target: string;
  name_zh: string;
  name_en: string;
  how: TransferHow;
  agent: string | null;
  state: 'ringing' | 'waiting' | 'consulting' | 'joined' | 'completed' | 'failed';
  result: string;
  expert?: string | null;
  at: string;
}

/** Somebody a caller may be transferred to; the first of `ways` is the usual one. */
export interface TransferTarget {
  name: string;
  kind: string;
  group: string;
  number: string;
  name_zh: string;
  name_en: string;
  ways: TransferHow[];
  hours: string[] | null;
  open: boolean;
}

export interface CallView {
  call_id: string;
  dnis: string;
  hotline: Hotline | null;
  caller_masked: string;
  queue: string | null;
  agent: string | null;
  state: string;
  outcome: string | null;
  arrived_at: string;
  queued_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  wait_ms: number | null;
  talk_ms: number | null;
  wants_expert: string | null;
  audience: Audience;
  /** While the call goes on: on or paused. */
  recording: string | null;
  transfers: Transfer[];
  landed_by: 'uri' | 'diversion' | 'history' | 'callback' | null;
  path: (string | PathStep)[];
  ticket_numbers: string[];
}

export interface CallEvent {
  id: string | number;
  type: string;
  at: string;
  agent?: string | null;
  data: Record<string, unknown>;
}

/** What a sub-centre told us of a call it sent; the person masked. */
export interface Brought {
  centre: string;
  name_zh: string;
  name_en: string;
  at: string;
  reference: string | null;
  title: string;
  kind: TicketKind | null;
  requester_name: string | null;
  requester_phone: string | null;
}

/** All of it, as the ticket form names it. */
export type BroughtFacts = Partial<Record<Exclude<keyof TicketFields, 'confidential'>, string | null>> & {
  reference: string | null;
};

export interface CallDetail extends CallView {
  kept: Kept | null;
  /** The message by voice the caller left, and its ticket. */
  message: { ticket: string; seconds: number } | null;
  brought: Brought | null;
  events: CallEvent[];
  earlier_calls: CallView[];
  earlier_tickets: Ticket[];
}

/** What one telephone number has called and asked for, newest first. */
export interface Person {
  calls: CallView[];
  tickets: Ticket[];
}

export interface AgentView {
  extension: string;
  state: AgentStateName;
  reason: string | null;
  since: string | null;
  until: string | null;
  phone: PhoneKind | null;
  call: CallView | null;
  queues: (string | QueueName)[];
}

export interface Today {
  answered: number;
  missed: number;
  talk_ms: number;
  tickets: number;
}

export type TicketKind =
  | 'consultation'
  | 'help'
  | 'complaint'
  | 'report'
  | 'suggestion'
  | 'praise';
/** For whom a caller speaks; the enterprise line is 一企来. */
export type Audience = 'personal' | 'enterprise';
export type TicketUrgency = 'normal' | 'urgent' | 'critical';

export interface TicketFields {
  kind: TicketKind | '';
  urgency: TicketUrgency;
  title: string;
  requester_name: string;
  requester_phone: string;
  address: string;
  occurred_at: string | null;
  cause: string;
  content: string;
  confidential: boolean;
  audience: Audience;
  enterprise_name: string;
  credit_code: string;
  policy_category: string;
}

export interface Ticket {
  number: string;
  /** Seconds of the message by voice it was made of. */
  voice_seconds: number | null;
  call_id: string | null;
  hotline: Hotline | string | null;
  kind: TicketKind;
  /** No person has chosen the kind yet. */
  kind_assumed?: boolean;
  urgency: TicketUrgency;
  title: string;
  requester_name: string | null;
  requester_phone: string | null;
  address: string | null;
  occurred_at: string | null;
  cause: string | null;
  content: string;
  confidential: boolean;
  audience: Audience;
  enterprise_name: string | null;
  credit_code?: string | null;
  policy_category: string | null;
  expert_queue: string | null;
  state: string;
  created_by: string;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface Page<T> {
  items: T[];
  next: string | number | null;
}

export interface AuditLook {
  id: number;
  at: string;
  username: string;
  name: string;
  action: 'caller_revealed' | 'ticket_opened' | 'requester_revealed' | 'recording_opened' | 'message_opened' | 'context_fetched' | 'brought_opened' | 'person_searched';
  subject: string;
  address: string;
}

export interface FloorQueue extends QueueName {
  waiting: number;
  longest_wait_ms: number | null;
  ready: number;
  talking: number;
  paused: number;
}

export interface FloorAgent {
  extension: string;
  display_name: string;
  state: AgentStateName;
  reason: string | null;
  since: string | null;
  call_id: string | null;
}

export interface Floor {
  queues: FloorQueue[];
  agents: FloorAgent[];
  today: { offered: number; answered: number; abandoned: number; waiting: number };
  /** What is wrong with the line at this moment, the gravest first. */
  alarms: string[];
  /** Numbers still owed a call. */
  call_backs: number;
}

export interface CallBack {
  id: number;
  call_id: string;
  caller_masked: string;
  hotline: Hotline;
  why: 'missed' | 'promised' | 'turned_away' | 'interrupted';
  since: string;
  last_at: string;
  attempts: number;
  state: 'open' | 'taken' | 'ringing' | 'closed';
  due: string;
  taken_by: string | null;
  outcome: 'reached' | 'rang_again' | 'not_reached' | 'not_needed' | null;
  closed_at: string | null;
  closed_by: string | null;
  /** Whether the line can ring this number by itself. */
  may_ring: boolean;
}
export type CallBackEnd = 'reached' | 'not_reached' | 'not_needed';

export interface LiveMessage {
  id?: string | number | null;
  type: string;
  at?: string | null;
  call_id?: string | null;
  data?: Record<string, unknown>;
  code?: string;
  zh?: string;
  en?: string;
}

/** One step of a call that was not made; `depth` says which step it follows. */
export interface SimulatedStep {
  depth: number;
  when: string;
  when_zh: string;
  when_en: string;
  step: string;
  zh: string;
  en: string;
  rule: string;
  source: string;
}

export interface Simulation {
  number: string;
  at: string;
  steps: SimulatedStep[];
}
