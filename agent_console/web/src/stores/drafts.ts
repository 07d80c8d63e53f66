import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Ticket, TicketFields } from '@/api/types';
import { draftsOf, dropDraft, keepDraft, readDraft, type Draft } from '@/text/drafts';
import { useSession } from './session';

/** What this agent has begun to write and not saved, and what was saved for which call. */
export const useDrafts = defineStore('drafts', () => {
  const session = useSession();
  const user = computed(() => session.user?.username ?? '');
  const list = ref<Draft[]>(user.value ? draftsOf(user.value) : []);
  const saved = ref<Record<string, Ticket>>({});
  /** A call whose draft was taken up again. */
  const opened = ref<string | null>(null);
  /** A ticket without a call is being written. */
  const free = ref(list.value.some((draft) => draft.call_id === 'free'));
  /** Calls for which another ticket was asked for after one was saved. */
  const more = ref(new Set<string>());
  const keptAt = ref<string | null>(null);
  const full = ref(false);

  const reread = () => (list.value = user.value ? draftsOf(user.value) : []);

  function keep(callId: string, label: string, fields: TicketFields): void {
    if (!user.value) return;
    full.value = !keepDraft({ user: user.value, call_id: callId, label, saved_at: Date.now(), fields });
    keptAt.value = new Date().toISOString();
    reread();
  }

  function drop(callId: string): void {
    if (user.value) dropDraft(user.value, callId);
    if (opened.value === callId) opened.value = null;
    reread();
  }

  function done(callId: string, ticket: Ticket): void {
    saved.value = { ...saved.value, [callId]: ticket };
    more.value.delete(callId);
    if (user.value) dropDraft(user.value, callId);
    reread();
  }

  function another(callId: string): void {
    const { [callId]: _, ...rest } = saved.value;
    saved.value = rest;
    more.value = new Set([...more.value, callId]);
  }

  function close(callId: string): void {
    if (opened.value === callId) opened.value = null;
    if (callId === 'free') {
      free.value = false;
      delete saved.value.free;
    }
  }

  function forget(): void {
    list.value = [];
    saved.value = {};
    more.value = new Set();
    opened.value = keptAt.value = null;
    free.value = full.value = false;
  }

  return {
    list, saved, more, opened, free, keptAt, full, keep, drop, done, another, close, reread, forget,
    read: (callId: string) => readDraft(user.value, callId)?.fields ?? null,
    labelOf: (callId: string) => list.value.find((draft) => draft.call_id === callId)?.label ?? '',
  };
});
