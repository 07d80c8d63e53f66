/** A ring made in the browser: two soft tones, one second on and two off, no file to fetch. */

let context: AudioContext | null = null;
let timer: ReturnType<typeof setInterval> | null = null;

function audio(): AudioContext | null {
  if (typeof AudioContext === 'undefined') return null;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume().catch(() => undefined);
  return context;
}

function tone(at: number, hertz: number, seconds: number, loudness: number): void {
  const ctx = context;
  if (!ctx) return;
  const oscillator = ctx.createOscillator();
  const gain = ctx.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness, at + 0.03);
  gain.gain.setValueAtTime(loudness, at + seconds - 0.08);
  gain.gain.linearRampToValueAtTime(0, at + seconds);
  oscillator.connect(gain).connect(ctx.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds);
}

function once(): void {
  const ctx = audio();
  if (!ctx || ctx.state !== 'running') return;
  const now = ctx.currentTime;
  tone(now, 880, 0.32, 0.16);
  tone(now + 0.36, 1108, 0.32, 0.16);
  tone(now + 0.72, 880, 0.32, 0.16);
}

export function startRing(): void {
  if (timer) return;
  once();
  timer = setInterval(once, 3000);
}

export function stopRing(): void {
  if (timer) clearInterval(timer);
  timer = null;
}

/** Browsers keep sound off until the first click or key; called from those. */
export function unlockSound(): void {
  audio();
}

export function soundBlocked(): boolean {
  return context !== null && context.state !== 'running';
}

/** A short tone for the headset test. */
export function testTone(): void {
  const ctx = audio();
  if (!ctx) return;
  tone(ctx.currentTime + 0.05, 440, 0.5, 0.2);
}
