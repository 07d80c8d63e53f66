import { onBeforeUnmount, onMounted } from 'vue';
import { useDesk } from '@/stores/desk';
import { usePhone } from '@/stores/phone';
import { isTyping, shortcutOf, type Shortcut } from './shortcuts';

/** Things only a component on the page can do answer these window events. */
export const PAGE_KEYS = { pause: 'desk-key:pause', keypad: 'desk-key:keypad', transfer: 'desk-key:transfer', form: 'desk-key:form' };

/** Listens for the desk's keys on every page, so a call can be answered from the tickets list. */
export function useDeskKeys(isAgent: boolean, help: () => void): void {
  const desk = useDesk();
  const phone = usePhone();
  const tell = (name: string) => window.dispatchEvent(new Event(name));

  const actions: Record<Shortcut, () => unknown> = {
    answer: () => (desk.pop || phone.leg === 'ringing') && phone.kind === 'web' && phone.answer(),
    hangup: () => (desk.busy || phone.leg !== 'none') && desk.hangUp(),
    mute: () => phone.toggleMute(),
    hold: () => phone.toggleHold(),
    record: () => desk.state === 'talking' && desk.pauseRecording(),
    transfer: () => tell(PAGE_KEYS.transfer),
    ready: () => !desk.busy && desk.state !== 'ready' && phone.usable && desk.ready(),
    pause: () => tell(PAGE_KEYS.pause),
    wrapup: () => desk.state === 'wrapup' && desk.endWrapUp(),
    keypad: () => tell(PAGE_KEYS.keypad),
    form: () => tell(PAGE_KEYS.form),
    help,
  };

  function press(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const action = shortcutOf(event, isTyping(event.target));
    if (!action || (!isAgent && action !== 'help')) return;
    event.preventDefault();
    actions[action]();
  }

  onMounted(() => window.addEventListener('keydown', press));
  onBeforeUnmount(() => window.removeEventListener('keydown', press));
}
