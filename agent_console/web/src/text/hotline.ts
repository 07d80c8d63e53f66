/** What a dialled number is called on the page. */
import type { CallView, Hotline } from '@/api/types';
import { i18n, pick } from '@/i18n';

/** The hotline's name without its number, for places that show the number beside it. */
export function hotlineName(hotline: Hotline | null): string {
  const name = pick(hotline?.name_zh, hotline?.name_en);
  return hotline && name.startsWith(hotline.number) ? name.slice(hotline.number.length).trim() : name;
}

export function hotlineLabel(call: CallView): string {
  return hotlineName(call.hotline) || i18n.global.t('caller.unknownHotline');
}
