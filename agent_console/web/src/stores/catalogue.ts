import { defineStore } from 'pinia';
import { ref } from 'vue';
import { api, listOf } from '@/api/endpoints';
import type { Hotline, PauseReason, QueueName } from '@/api/types';
import { pick } from '@/i18n';

/** The names behind numbers and words: hotlines, queues, pause reasons. */
export const useCatalogue = defineStore('catalogue', () => {
  const hotlines = ref<Hotline[]>([]);
  const queues = ref<QueueName[]>([]);
  const reasons = ref<PauseReason[]>([]);

  async function read(): Promise<void> {
    const [h, q, r] = await Promise.allSettled([api.hotlines(), api.queues(), api.pauseReasons()]);
    if (h.status === 'fulfilled') hotlines.value = listOf(h.value);
    if (q.status === 'fulfilled') queues.value = listOf(q.value);
    if (r.status === 'fulfilled') reasons.value = listOf(r.value);
  }

  function queueName(name: string | null | undefined): string {
    if (!name) return '–';
    const found = queues.value.find((queue) => queue.name === name);
    return found ? pick(found.name_zh, found.name_en) : name;
  }

  function hotlineName(number: string | null | undefined): string {
    const found = hotlines.value.find((hotline) => hotline.number === number);
    return found ? pick(found.name_zh, found.name_en) : '';
  }

  function reasonName(code: string | null | undefined): string {
    if (!code) return '';
    const found = reasons.value.find((reason) => reason.code === code);
    return found ? pick(found.zh, found.en) : code;
  }

  return { hotlines, queues, reasons, read, queueName, hotlineName, reasonName };
});
