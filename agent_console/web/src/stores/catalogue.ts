import { defineStore } from 'pinia';
import { ref } from 'vue';
import { api, listOf } from '@/api/endpoints';
import type { Choice, Hotline, QueueName, TransferTarget } from '@/api/types';
import { pick } from '@/i18n';

/** The names behind numbers and words: hotlines, queues, pause reasons, policy categories. */
export const useCatalogue = defineStore('catalogue', () => {
  const hotlines = ref<Hotline[]>([]);
  const queues = ref<QueueName[]>([]);
  const reasons = ref<Choice[]>([]);
  const categories = ref<Choice[]>([]);
  const targets = ref<TransferTarget[]>([]);

  async function read(): Promise<void> {
    const [h, q, r, c] = await Promise.allSettled([
      api.hotlines(), api.queues(), api.pauseReasons(), api.policyCategories(),
    ]);
    if (h.status === 'fulfilled') hotlines.value = listOf(h.value);
    if (q.status === 'fulfilled') queues.value = listOf(q.value);
    if (r.status === 'fulfilled') reasons.value = listOf(r.value);
    if (c.status === 'fulfilled') categories.value = c.value;
    await readTargets();
  }

  /** Read again whenever the panel opens: who answers now changes with the hour. */
  async function readTargets(): Promise<void> {
    targets.value = await api.transferTargets().catch(() => targets.value);
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

  /** The words for a code; one the catalogue no longer lists shows as it is. */
  function wordOf(choices: Choice[], code: string | null | undefined): string {
    const found = choices.find((choice) => choice.code === code);
    return found ? pick(found.zh, found.en) : (code ?? '');
  }

  function targetName(name: string | null | undefined): string {
    const found = targets.value.find((target) => target.name === name);
    return found ? pick(found.name_zh, found.name_en) : (name ?? '');
  }

  return {
    hotlines, queues, reasons, categories, targets, read, readTargets, queueName, hotlineName, targetName,
    reasonName: (code: string | null | undefined) => wordOf(reasons.value, code),
    categoryName: (code: string | null | undefined) => wordOf(categories.value, code),
  };
});
