import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { api } from '@/api/endpoints';
import type { PhoneAccount, PhoneKind } from '@/api/types';
import { i18n } from '@/i18n';
import { readQuality, type Quality } from '@/phone/quality';
import { Softphone, type LegState, type Registration } from '@/phone/softphone';
import { notifyError } from '@/text/notify';

const KIND_KEY = 'hotline.phone';
const QUALITY_EVERY_MS = 1000;
const ACCOUNT_RETRY_MS = 5000;

export type PhoneStatus = Registration | 'elsewhere' | 'noAccount' | 'desk';

/** The phone this desk answers with: in the browser, or beside the keyboard. */
export const usePhone = defineStore('phone', () => {
  const kind = ref<PhoneKind>(localStorage.getItem(KIND_KEY) === 'desk' ? 'desk' : 'web');
  const account = shallowRef<PhoneAccount | null>(null);
  const registration = ref<PhoneStatus>('off');
  const leg = ref<LegState>('none');
  const held = ref(false);
  const muted = ref(false);
  const quality = shallowRef<Quality | null>(null);
  const audioOut = shallowRef<MediaStream | null>(null);
  let answerWhenItRings = 0;
  let releaseLock: (() => void) | null = null;
  let measuring: ReturnType<typeof setInterval> | null = null;
  let run = 0;

  const status = computed<PhoneStatus>(() => (kind.value === 'desk' ? 'desk' : registration.value));
  const usable = computed(() => status.value === 'desk' || status.value === 'registered');

  const softphone = new Softphone({
    registration: (state) => (registration.value = state),
    leg: legChanged,
    held: (on) => (held.value = on),
    muted: (on) => (muted.value = on),
    audio: (stream) => (audioOut.value = stream),
    failed: (cause) => {
      const keys = { microphone: 'failedMicrophone', media: 'failedMedia', busy: 'failedBusy' };
      notifyError(i18n.global.t(`phone.${keys[cause]}`));
    },
  });

  function legChanged(now: LegState): void {
    leg.value = now;
    if (now === 'ringing' && Date.now() < answerWhenItRings) answer();
    if (now === 'talking') measure();
    if (now === 'none') {
      if (measuring) clearInterval(measuring);
      measuring = null;
      quality.value = null;
      audioOut.value = null;
    }
  }

  function measure(): void {
    if (measuring) return;
    measuring = setInterval(async () => {
      const connection = softphone.connection;
      if (!connection || connection.connectionState === 'closed') return;
      quality.value = await readQuality(connection, quality.value).catch(() => quality.value);
    }, QUALITY_EVERY_MS);
  }

  /** Registers; two tabs of one seat would steal each other's calls, so only one may hold the phone. */
  async function start(): Promise<void> {
    const mine = ++run;
    account.value = await fetchAccount(mine);
    if (mine !== run || !account.value || kind.value !== 'web') return;
    const seat = account.value;
    if (!navigator.locks) return softphone.start(seat);
    registration.value = 'elsewhere';
    void navigator.locks.request(`hotline-phone-${seat.extension}`, () => {
      if (mine !== run) return undefined;
      softphone.start(seat);
      return new Promise<void>((resolve) => (releaseLock = resolve));
    });
  }

  async function fetchAccount(mine: number): Promise<PhoneAccount | null> {
    while (mine === run) {
      const found = await api.phone().catch(() => null);
      if (found) return found;
      registration.value = 'noAccount';
      await new Promise((resolve) => setTimeout(resolve, ACCOUNT_RETRY_MS));
    }
    return null;
  }

  function stop(): void {
    run++;
    softphone.stop();
    registration.value = 'off';
    releaseLock?.();
    releaseLock = null;
  }

  function choose(wanted: PhoneKind): void {
    if (wanted === kind.value) return;
    kind.value = wanted;
    localStorage.setItem(KIND_KEY, wanted);
    stop();
    void start();
  }

  /** The event may beat the INVITE by a moment: then the answer waits for the ring. */
  function answer(): void {
    answerWhenItRings = 0;
    if (leg.value === 'ringing') softphone.answer();
    else if (leg.value === 'none') answerWhenItRings = Date.now() + 3000;
  }

  return {
    kind, account, registration, status, usable, leg, held, muted, quality, audioOut,
    start, stop, choose, answer,
    hangUp: () => softphone.hangUp(),
    toggleMute: () => leg.value === 'talking' && softphone.mute(!muted.value),
    toggleHold: () => leg.value === 'talking' && softphone.hold(!held.value),
    keys: (tones: string) => softphone.keys(tones),
  };
});
