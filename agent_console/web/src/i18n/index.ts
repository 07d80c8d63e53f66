import { createI18n } from 'vue-i18n';
import type { Language } from '@/api/types';
import en from './en';
import zh from './zh-CN';

const KEY = 'hotline.language';

/** What was chosen here before wins; a first visit is Chinese. */
export function rememberedLanguage(): Language {
  return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh-CN';
}

export const i18n = createI18n({
  legacy: false,
  locale: rememberedLanguage(),
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
});

export function language(): Language {
  return i18n.global.locale.value as Language;
}

export function setLanguage(chosen: Language): void {
  i18n.global.locale.value = chosen;
  localStorage.setItem(KEY, chosen);
  document.documentElement.lang = chosen;
}

export function hasChosenLanguage(): boolean {
  return localStorage.getItem(KEY) !== null;
}

/** The side of a bilingual pair that the page shows. */
export function pick(zhText: string | null | undefined, enText: string | null | undefined): string {
  return (language() === 'en' ? enText || zhText : zhText || enText) ?? '';
}
