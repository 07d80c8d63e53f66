import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { api } from '@/api/endpoints';
import type { TransferHow } from '@/api/types';
import { notifyError, sentence } from '@/text/notify';
import { useDesk } from './desk';

/** What the agent does with the caller on the table, and how far it has come. */
export const useTransfers = defineStore('transfers', () => {
  const desk = useDesk();
  const asking = ref(false);

  const last = computed(() => desk.current?.transfers.at(-1) ?? null);
  const going = computed(() => last.value !== null && !last.value.result);
  const ready = computed(() => desk.state === 'talking' && !going.value && !asking.value);

  async function ask(what: (callId: string) => Promise<unknown>): Promise<void> {
    const call = desk.current;
    if (!call || asking.value) return;
    asking.value = true;
    try {
      await what(call.call_id);
    } catch (error) {
      notifyError(sentence(error));
    } finally {
      asking.value = false;
    }
  }

  return {
    asking, last, going, ready,
    transfer: (target: string, how: TransferHow) => ask((id) => api.transfer(id, target, how)),
    emergency: (number: string) => ask((id) => api.emergency(id, number)),
    join: () => ask((id) => api.transferMove(id, 'join')),
    back: () => ask((id) => api.transferMove(id, 'back')),
    leave: () => ask((id) => api.transferMove(id, 'leave')),
  };
});
