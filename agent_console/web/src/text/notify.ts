/** Passing messages at the edge of the screen, and the user's side of an error. */
import { ElMessage } from 'element-plus';
import { ApiError } from '@/api/client';
import { i18n, pick } from '@/i18n';

/** Low on the page: at the top they would lie over the buttons of a call. */
const place = { placement: 'bottom', offset: 92, grouping: true } as const;

export function sentence(error: unknown): string {
  if (error instanceof ApiError) return pick(error.zh, error.en);
  return i18n.global.t('error.load');
}

export function notifyError(text: string): void {
  ElMessage({ type: 'error', message: text, duration: 6000, showClose: true, ...place });
}

export function notifyDone(text: string): void {
  ElMessage({ type: 'success', message: text, duration: 3000, ...place });
}

export function notifyNote(text: string): void {
  ElMessage({ type: 'warning', message: text, duration: 5000, showClose: true, ...place });
}
