import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { ApiError, whenSignedOut } from '@/api/client';
import { api } from '@/api/endpoints';
import type { Line, Role, User } from '@/api/types';
import { pick, speakTo, speakToAnyone } from '@/i18n';
import { dropAllDrafts } from '@/text/drafts';

const HOME: Record<Role, string> = {
  agent: '/',
  supervisor: '/floor',
  admin: '/tickets',
  officer: '/tickets',
};

/** Who sits here, and the line they sit at. */
export const useSession = defineStore('session', () => {
  const user = ref<User | null>(null);
  const line = ref<Line | null>(null);
  const ended = ref(false);
  let asked: Promise<void> | null = null;

  const home = computed(() => (user.value ? HOME[user.value.role] : '/login'));
  const lineName = computed(() => pick(line.value?.name_zh, line.value?.name_en));
  const lineNumber = computed(() => line.value?.hotline_number ?? '12345');

  function adopt(found: User): void {
    user.value = found;
    ended.value = false;
    speakTo(found.username, found.language);
  }

  /** Asks once who is signed in; nobody is an answer, not a fault. */
  function resume(): Promise<void> {
    asked ??= api
      .session()
      .then(adopt)
      .catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 401) asked = null;
      });
    return asked;
  }

  /** Is the session still known? A refused live connection asks this. */
  async function verify(): Promise<void> {
    await api.session().catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) leave();
    });
  }

  function leave(): void {
    if (!user.value) return;
    user.value = null;
    speakToAnyone();
    ended.value = true;
  }

  async function readLine(): Promise<void> {
    if (!line.value) line.value = await api.line().catch(() => null);
  }

  async function signIn(username: string, password: string): Promise<void> {
    adopt(await api.signIn(username, password));
  }

  async function signOut(): Promise<void> {
    dropAllDrafts();
    await api.signOut().catch(() => null);
    speakToAnyone();
    user.value = null;
  }

  whenSignedOut(leave);

  return { user, line, ended, home, lineName, lineNumber, resume, verify, readLine, signIn, signOut };
});
