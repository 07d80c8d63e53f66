import { ref } from 'vue';

const KEY = 'hotline.theme';

/** Dark or light, as last chosen on this desk; light until then. */
export const dark = ref(localStorage.getItem(KEY) === 'dark');

export function applyTheme(): void {
  document.documentElement.classList.toggle('dark', dark.value);
}

export function toggleTheme(): void {
  dark.value = !dark.value;
  localStorage.setItem(KEY, dark.value ? 'dark' : 'light');
  applyTheme();
}
