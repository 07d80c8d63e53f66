/** Keys for hands that do not want the mouse; letters are by position, so any layout works. */

export type Shortcut =
  | 'answer'
  | 'hangup'
  | 'mute'
  | 'hold'
  | 'record'
  | 'transfer'
  | 'ready'
  | 'pause'
  | 'wrapup'
  | 'keypad'
  | 'form'
  | 'help';

/** What the help overlay lists, in reading order. */
export const KEY_NAMES: { action: Shortcut | 'save' | 'esc'; keys: string[] }[] = [
  { action: 'answer', keys: ['F2', 'Alt A'] },
  { action: 'hangup', keys: ['Alt H'] },
  { action: 'mute', keys: ['Alt M'] },
  { action: 'hold', keys: ['Alt O'] },
  { action: 'record', keys: ['Alt S'] },
  { action: 'transfer', keys: ['Alt X'] },
  { action: 'keypad', keys: ['Alt K'] },
  { action: 'ready', keys: ['Alt R'] },
  { action: 'pause', keys: ['Alt P'] },
  { action: 'wrapup', keys: ['Alt W'] },
  { action: 'form', keys: ['Alt T'] },
  { action: 'save', keys: ['Ctrl Enter'] },
  { action: 'help', keys: ['?'] },
  { action: 'esc', keys: ['Esc'] },
];

const BY_CODE: Record<string, Shortcut> = {
  KeyA: 'answer',
  KeyH: 'hangup',
  KeyM: 'mute',
  KeyO: 'hold',
  KeyS: 'record',
  KeyX: 'transfer',
  KeyK: 'keypad',
  KeyR: 'ready',
  KeyP: 'pause',
  KeyW: 'wrapup',
  KeyT: 'form',
};

interface Key {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  repeat?: boolean;
}

/** The action of a key press, or null where it is ordinary typing. */
export function shortcutOf(event: Key, typing: boolean): Shortcut | null {
  if (event.repeat || event.ctrlKey || event.metaKey) return null;
  if (event.key === 'F2') return 'answer';
  if (event.altKey) return BY_CODE[event.code] ?? null;
  return event.key === '?' && !typing ? 'help' : null;
}

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (!element?.tagName) return false;
  return element.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName);
}
