import { queryString, request, type Query } from './client';
import type {
  AgentView,
  AuditLook,
  BroughtFacts,
  CallBack,
  CallBackEnd,
  CallDetail,
  CallView,
  Choice,
  Floor,
  Hotline,
  Kept,
  Line,
  Page,
  Person,
  PhoneAccount,
  PhoneKind,
  QueueName,
  Simulation,
  Ticket,
  Today,
  TransferHow,
  TransferTarget,
  User,
} from './types';

const at = encodeURIComponent;

export const api = {
  line: () => request<Line>('GET', '/line'),
  signIn: (username: string, password: string) =>
    request<User>('POST', '/session', { username, password }),
  session: () => request<User>('GET', '/session'),
  signOut: () => request<null>('DELETE', '/session'),

  phone: () => request<PhoneAccount>('GET', '/me/phone'),
  agent: () => request<AgentView>('GET', '/me/agent'),
  today: () => request<Today>('GET', '/me/today'),
  ready: (phone: PhoneKind) => request<AgentView | null>('POST', '/me/agent/ready', { phone }),
  pause: (reason: string) => request<AgentView | null>('POST', '/me/agent/pause', { reason }),
  endWrapUp: () => request<AgentView | null>('POST', '/me/agent/wrapup/end'),
  offline: () => request<AgentView | null>('POST', '/me/agent/offline'),
  hangUp: () => request<unknown>('POST', '/me/call/hangup'),

  pauseReasons: () => request<Choice[] | { items: Choice[] }>('GET', '/pause-reasons'),
  policyCategories: () => request<Choice[]>('GET', '/policy-categories'),
  pauseRecording: () => request<unknown>('POST', '/me/call/recording/pause'),
  resumeRecording: () => request<unknown>('POST', '/me/call/recording/resume'),
  transferTargets: () => request<TransferTarget[]>('GET', '/transfer-targets'),
  transfer: (id: string, target: string, how: TransferHow) =>
    request<unknown>('POST', `/calls/${at(id)}/transfer`, { target, how }),
  emergency: (id: string, number: string) =>
    request<unknown>('POST', `/calls/${at(id)}/emergency`, { number }),
  transferMove: (id: string, move: 'join' | 'back' | 'leave') =>
    request<unknown>('POST', `/calls/${at(id)}/transfer/${move}`),

  hotlines: () => request<Hotline[] | { items: Hotline[] }>('GET', '/hotlines'),
  queues: () => request<QueueName[] | { items: QueueName[] }>('GET', '/queues'),

  calls: (query: Query) => request<Page<CallView>>('GET', `/calls${queryString(query)}`),
  call: (id: string) => request<CallDetail>('GET', `/calls/${at(id)}`),
  revealCaller: (id: string) =>
    request<{ caller_id: string }>('POST', `/calls/${at(id)}/caller`),
  openBrought: (id: string) => request<BroughtFacts>('POST', `/calls/${at(id)}/brought`),

  openRecording: (id: string) => request<Kept>('POST', `/calls/${at(id)}/recording`),
  /** Where a player finds the sound of a call that has been opened. */
  recordingUrl: (id: string) => `/api/v1/calls/${at(id)}/recording`,

  openMessage: (ticket: string) => request<unknown>('POST', `/tickets/${at(ticket)}/message`),
  /** Where a player finds a message by voice that has been opened. */
  messageUrl: (ticket: string) => `/api/v1/tickets/${at(ticket)}/message`,

  tickets: (query: Query) => request<Page<Ticket>>('GET', `/tickets${queryString(query)}`),
  ticket: (number: string) => request<Ticket>('GET', `/tickets/${at(number)}`),
  openTicket: (ticket: object) => request<Ticket>('POST', '/tickets', ticket),
  editTicket: (number: string, changes: object) =>
    request<Ticket>('PATCH', `/tickets/${at(number)}`, changes),
  revealRequester: (number: string) =>
    request<{ requester_phone: string }>('POST', `/tickets/${at(number)}/requester`),

  searchPerson: (phone: string) => request<Person>('POST', '/people/search', { phone }),

  callBacks: (query: Query) =>
    request<Page<CallBack> & { open: number }>('GET', `/call-backs${queryString(query)}`),
  takeCallBack: (id: number) => request<CallBack>('POST', `/call-backs/${id}/take`),
  ringCallBack: (id: number) => request<CallBack>('POST', `/call-backs/${id}/ring`),
  giveCallBack: (id: number) => request<CallBack>('POST', `/call-backs/${id}/give-back`),
  revealCallBack: (id: number) =>
    request<{ caller_id: string }>('POST', `/call-backs/${id}/caller`),
  closeCallBack: (id: number, outcome: CallBackEnd) =>
    request<CallBack>('POST', `/call-backs/${id}/close`, { outcome }),

  floor: () => request<Floor>('GET', '/floor'),

  audit: (query: Query) => request<Page<AuditLook>>('GET', `/audit${queryString(query)}`),
  auditPerson: (phone: string) => request<Page<AuditLook>>('POST', '/audit/person', { phone }),

  simulate: (query: Query) => request<Simulation>('GET', `/simulate${queryString(query)}`),
};

/** Catalogue lists come bare or in an envelope; both are a list to us. */
export function listOf<T>(answer: T[] | { items: T[] }): T[] {
  return Array.isArray(answer) ? answer : answer.items;
}
