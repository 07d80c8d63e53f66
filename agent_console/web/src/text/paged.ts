import { ref, shallowRef } from 'vue';
import type { Query } from '@/api/client';
import type { Page } from '@/api/types';
import { sentence } from '@/text/notify';

/** A list fetched page by page; a newer question makes older answers worthless. */
export function usePaged<T>(fetch: (query: Query) => Promise<Page<T>>, size = 30) {
  const items = shallowRef<T[]>([]);
  const next = ref<string | number | null>(null);
  const loading = ref(false);
  const fault = ref('');
  const loaded = ref(false);
  let query: Query = {};
  let asked = 0;

  async function ask(before: string | number | null): Promise<void> {
    const mine = ++asked;
    loading.value = true;
    fault.value = '';
    try {
      const page = await fetch({ ...query, limit: size, before });
      if (mine !== asked) return;
      items.value = before === null ? page.items : [...items.value, ...page.items];
      next.value = page.next ?? null;
      loaded.value = true;
    } catch (error) {
      if (mine === asked) fault.value = sentence(error);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  return {
    items, next, loading, fault, loaded,
    search: (wanted: Query) => ((query = wanted), ask(null)),
    more: () => ask(next.value),
    retry: () => ask(loaded.value && items.value.length ? next.value : null),
    again: () => ask(null),
  };
}
