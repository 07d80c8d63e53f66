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

let person = '';
/** Chosen by hand before signing in: surely the wish of who signs in next. */
let wished: Language | null = null;

export function chooseLanguage(chosen: Language): void {
  if (!person) wished = chosen;
  setLanguage(chosen);
}

export function setLanguage(chosen: Language): void {
  i18n.global.locale.value = chosen;
  localStorage.setItem(KEY, chosen);
  if (person) localStorage.setItem(`${KEY}.${person}`, chosen);
  document.documentElement.lang = chosen;
}

/** At a shared desk each person reads the language they chose here last, at first their account's. */
export function speakTo(username: string, account: string | null): void {
  person = username;
  const own = wished ?? localStorage.getItem(`${KEY}.${person}`) ?? account;
  wished = null;
  if (own) setLanguage(own.startsWith('en') ? 'en' : 'zh-CN');
}

/** Nobody is signed in: what is chosen now is nobody's. */
export function speakToAnyone(): void {
  person = '';
}

/** The side of a bilingual pair that the page shows. */
export function pick(zhText: string | null | undefined, enText: string | null | undefined): string {
  return (language() === 'en' ? enText || zhText : zhText || enText) ?? '';
}
