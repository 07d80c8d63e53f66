import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { LiveMessage } from '@/api/types';
import { pick } from '@/i18n';
import { LiveLink, type LinkState } from '@/live/link';
import { notifyError } from '@/text/notify';
import { useSession } from './session';

type Hear = (message: LiveMessage) => void;

/** The live line to the console, shared by every page. */
export const useLive = defineStore('live', () => {
  const session = useSession();
  const state = ref<LinkState>('closed');
  /** True once a connection was lost, until it is back. */
  const lost = ref(false);
  const hears = new Set<Hear>();
  const resyncs = new Set<() => void>();
  let link: LiveLink | null = null;
  const hurry = () => link?.hurry();

  function start(): void {
    if (link) return;
    link = new LiveLink({
      state: (now) => {
        state.value = now;
        if (now === 'open') lost.value = false;
        else if (now === 'lost' || now === 'refused') lost.value = true;
        if (now === 'refused') void session.verify();
      },
      message: (message) => {
        if (message.type === 'Error') return sayError(message);
        for (const hear of hears) hear(message);
      },
      resync: () => {
        for (const resync of resyncs) resync();
      },
    });
    link.start();
    window.addEventListener('online', hurry);
  }

  function stop(): void {
    window.removeEventListener('online', hurry);
    link?.stop();
    link = null;
    lost.value = false;
  }

  function sayError(message: LiveMessage): void {
    const data = (message.data ?? message) as { zh?: string; en?: string };
    const text = pick(data.zh ?? message.zh, data.en ?? message.en);
    if (text) notifyError(text);
  }

  /** Returns the way to stop listening. */
  function listen(hear: Hear, resync?: () => void): () => void {
    hears.add(hear);
    if (resync) resyncs.add(resync);
    return () => {
      hears.delete(hear);
      if (resync) resyncs.delete(resync);
    };
  }

  return { state, lost, start, stop, listen };
});
