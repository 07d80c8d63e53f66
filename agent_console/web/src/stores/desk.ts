import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { api } from '@/api/endpoints';
import type { AgentView, CallDetail, CallView, LiveMessage, Ticket, Today } from '@/api/types';
import { i18n, pick } from '@/i18n';
import { notifyDone, notifyError, notifyNote, sentence } from '@/text/notify';
import { transferWords } from '@/text/story';
import { serverNow } from '@/text/clock';
import { useDrafts } from './drafts';
import { usePhone } from './phone';

/** The agent's desk: state, the call that rings, and the call on the table. */
export const useDesk = defineStore('desk', () => {
  const phone = usePhone();
  const drafts = useDrafts();
  const agent = ref<AgentView | null>(null);
  /** The call ringing here now. */
  const pop = shallowRef<CallView | null>(null);
  const popSince = ref(0);
  /** The call on the table; it stays after its end until the next one is answered. */
  const current = shallowRef<CallView | null>(null);
  const history = shallowRef<CallDetail | null>(null);
  const historyFailed = ref(false);
  const held = ref(false);
  /** What Asterisk said last of this call's recording: on, paused, or nothing yet. */
  const recording = ref<string | null>(null);
  const today = ref<Today | null>(null);
  const acting = ref(false);
  let moves = 0;

  const state = computed(() => agent.value?.state ?? 'offline');
  const live = computed(() => current.value !== null && current.value.ended_at === null);
  const busy = computed(() => state.value === 'talking' || state.value === 'ringing');

  async function refresh(again = true): Promise<void> {
    const seen = moves;
    const found = await api.agent().catch((error: unknown) => {
      notifyError(sentence(error));
      return null;
    });
    if (!found) return;
    // Something moved while we asked: the answer may be older than what is shown.
    if (seen !== moves && again) return refresh(false);
    agent.value = found;
    const call = found.call;
    if (call && found.state === 'ringing') ring(call);
    else pop.value = null;
    if (call && found.state === 'talking') table(call);
    else if (call && found.state === 'wrapup') table({ ...call, ended_at: call.ended_at ?? found.since });
    else if (live.value) void settle();
    held.value = call?.state === 'held';
    recording.value = call?.recording ?? null;
    void readToday();
  }

  /** The call on the table ended while we were not told: learn how. */
  async function settle(): Promise<void> {
    const open = current.value;
    if (!open) return;
    const found = await api.call(open.call_id).catch(() => null);
    if (found && current.value?.call_id === found.call_id) current.value = found;
  }

  async function readToday(): Promise<void> {
    today.value = await api.today().catch(() => today.value);
  }

  function ring(call: CallView): void {
    if (pop.value?.call_id !== call.call_id) popSince.value = serverNow();
    pop.value = call;
    void readHistory(call.call_id);
  }

  function table(call: CallView): void {
    // A person on the line comes before a draft taken up again; the draft stays in its list.
    if (current.value?.call_id !== call.call_id) drafts.opened = null;
    current.value = call;
    if (history.value?.call_id !== call.call_id) void readHistory(call.call_id);
  }

  async function readHistory(callId: string): Promise<void> {
    historyFailed.value = false;
    try {
      const found = await api.call(callId);
      const wanted = pop.value?.call_id ?? current.value?.call_id;
      if (wanted === callId) history.value = found;
    } catch {
      historyFailed.value = true;
    }
  }

  /** Tickets this very call already has, also those saved before a reload; newest first. */
  function ticketsOf(callId: string): Ticket[] {
    const found = history.value?.call_id === callId ? history.value.earlier_tickets : [];
    return found.filter((ticket) => ticket.call_id === callId);
  }

  function noteTicket(ticket: Ticket): void {
    const known = history.value;
    if (!known || known.call_id !== ticket.call_id) return;
    history.value = { ...known, earlier_tickets: [ticket, ...known.earlier_tickets] };
  }

  function hear(message: LiveMessage): void {
    const data = message.data ?? {};
    const call = data.call as CallView | undefined;
    const mine = current.value?.call_id === message.call_id;
    moves++;
    switch (message.type) {
      case 'MemberRang':
        if (call) ring(call);
        patch({ state: 'ringing', since: message.at ?? null, until: null });
        break;
      case 'MemberMissed':
        if (pop.value) notifyNote(i18n.global.t('pop.missed'));
        pop.value = null;
        void readToday();
        break;
      case 'CallConnected':
        connected(message, call);
        break;
      case 'CallHeld':
      case 'CallResumed':
        if (mine) held.value = message.type === 'CallHeld';
        break;
      case 'RecordingStarted':
      case 'RecordingPaused':
      case 'RecordingResumed':
        recording.value = message.type === 'RecordingPaused' ? 'paused' : 'on';
        break;
      case 'TransferStarted':
      case 'TransferMoved':
      case 'TransferCompleted':
      case 'TransferFailed':
        transferred(message, call);
        break;
      case 'CallAbandoned':
      case 'CallEnded':
        ended(message, call);
        break;
      case 'WrapUpStarted':
        patch({ state: 'wrapup', since: message.at ?? null, until: String(data.until ?? '') || null });
        break;
      case 'AgentStateChanged':
        stateChanged(message);
        break;
    }
  }

  function connected(message: LiveMessage, call: CallView | undefined): void {
    const facts = call ?? (pop.value?.call_id === message.call_id ? pop.value : null);
    pop.value = null;
    held.value = false;
    recording.value = call?.recording ?? recording.value;
    patch({ state: 'talking', since: message.at ?? null, until: null });
    if (facts) table({ ...facts, answered_at: facts.answered_at ?? message.at ?? null, ended_at: null });
    else void refresh(false);
  }

  /** What became of a caller sent on is told even when another call is on the table. */
  function transferred(message: LiveMessage, call: CallView | undefined): void {
    const last = call?.transfers.at(-1);
    if (!call || !last) return;
    const known = current.value;
    if (known && known.call_id === message.call_id) current.value = { ...known, transfers: call.transfers };
    const words = transferWords(pick(last.name_zh, last.name_en), last);
    if (last.state === 'failed') notifyNote(words);
    else if (last.state === 'completed') notifyDone(words);
  }

  function ended(message: LiveMessage, call: CallView | undefined): void {
    if (pop.value?.call_id === message.call_id) pop.value = null;
    const known = current.value;
    if (known && known.call_id === message.call_id) leave(call ?? known, message.at);
  }

  /** The talk at this desk is over, though its caller may stay to rate it or go to somebody else. */
  function leave(call: CallView, at?: string | null): void {
    held.value = false;
    recording.value = null;
    const ended = call.ended_at ?? at ?? new Date(serverNow()).toISOString();
    current.value = { ...call, state: 'ended', ended_at: ended };
    void readToday();
  }

  function stateChanged(message: LiveMessage): void {
    const data = (message.data ?? {}) as Partial<AgentView>;
    const until = data.state === 'wrapup' ? (data.until ?? agent.value?.until ?? null) : null;
    patch({
      state: data.state ?? state.value,
      reason: data.reason ?? null,
      since: data.since ?? message.at ?? null,
      phone: data.phone ?? agent.value?.phone ?? null,
      until,
    });
    // Another agent asks this one, and keeps the caller: no other message brings the call.
    const asked = String((message.data ?? {}).call_id ?? '');
    const known = current.value?.call_id === asked || (data.state === 'ringing' && pop.value?.call_id === asked);
    if (asked && !known && (data.state === 'ringing' || data.state === 'talking')) void refresh(false);
    if (data.state !== 'ringing' && data.state !== undefined) pop.value = null;
    const after = data.state === 'wrapup' || data.state === 'ready' || data.state === 'paused';
    if (after && live.value && current.value) leave(current.value, message.at);
  }

  function patch(change: Partial<AgentView>): void {
    if (agent.value) agent.value = { ...agent.value, ...change };
    else void refresh(false);
  }

  async function act(ask: () => Promise<AgentView | null>): Promise<boolean> {
    if (acting.value) return false;
    acting.value = true;
    const seen = moves;
    try {
      const found = await ask();
      if (found?.state && seen === moves) agent.value = { ...agent.value, ...found };
      else if (!found?.state) await refresh();
      return true;
    } catch (error) {
      notifyError(sentence(error));
      return false;
    } finally {
      acting.value = false;
    }
  }

  /** Silence the recording while something is said that must not be kept, or go on with it. */
  async function pauseRecording(): Promise<void> {
    const ask = recording.value === 'paused' ? api.resumeRecording : api.pauseRecording;
    // What is shown follows Asterisk's word, not our wish.
    if (recording.value) await ask().catch((error: unknown) => notifyError(sentence(error)));
  }

  async function hangUp(): Promise<void> {
    if (phone.leg !== 'none') return phone.hangUp();
    await api.hangUp().catch((error: unknown) => notifyError(sentence(error)));
  }

  function clear(): void {
    agent.value = pop.value = current.value = history.value = today.value = recording.value = null;
    held.value = false;
  }

  return {
    agent, pop, popSince, current, history, historyFailed, held, recording, today, acting, state, live, busy,
    refresh, hear, ticketsOf, noteTicket, readHistory, readToday, hangUp, pauseRecording, clear,
    ready: () => act(() => api.ready(phone.kind)),
    pause: (reason: string) => act(() => api.pause(reason)),
    endWrapUp: () => act(() => api.endWrapUp()),
    offline: () => act(() => api.offline()),
  };
});
