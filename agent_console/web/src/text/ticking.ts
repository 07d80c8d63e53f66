import { onScopeDispose, readonly, ref, type Ref } from 'vue';
import { serverNow } from './clock';

const now = ref(serverNow());
let users = 0;
let timer: ReturnType<typeof setInterval> | null = null;

/** The server's now, ticking once a second while anybody on the page looks at it. */
export function useNow(): Readonly<Ref<number>> {
  users++;
  now.value = serverNow();
  timer ??= setInterval(() => (now.value = serverNow()), 1000);
  onScopeDispose(() => {
    if (--users === 0 && timer) {
      clearInterval(timer);
      timer = null;
    }
  });
  return readonly(now);
}
