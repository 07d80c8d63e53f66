/** A call's steps and events in plain words of the page's language. */
import type { CallEvent, PathStep, Transfer } from '@/api/types';
import { i18n } from '@/i18n';
import { useCatalogue } from '@/stores/catalogue';
import { duration } from './time';

const t = (key: string, named?: Record<string, unknown>) => i18n.global.t(key, named ?? {});
const te = (key: string) => i18n.global.te(key);

/** "queue:general" → "进入综合座席". */
export function stepWords(step: string): string {
  const catalogue = useCatalogue();
  const [kind = '', rest = ''] = step.split(/:(.*)/s);
  const word = kind.replace(/[^a-z]/gi, '').toLowerCase();
  const name = word === 'queue' ? catalogue.queueName(rest) : word === 'partner' ? catalogue.targetName(rest) : word === 'agent' ? (rest.split('-')[0] ?? rest) : word === 'subcentre' || word === 'emergency'
    ? `${rest} ${catalogue.hotlineName(rest)}`.trim()
    : rest;
  return te(`step.${word}`) ? t(`step.${word}`, { name }) : step;
}

export function pathWords(path: (string | PathStep)[]): { text: string; note: string }[] {
  return path.map((entry, at) => {
    const after = path[at + 1];
    const last = typeof after === 'object' ? after.last : null;
    if (typeof entry === 'string') return { text: stepWords(entry), note: resultWords(last) };
    return { text: stepWords(entry.step), note: resultWords(entry.result ?? last) };
  });
}

export function resultWords(result: unknown): string {
  if (typeof result !== 'string' || !result) return '';
  if (result.startsWith('transfer:')) return t('transfer.by', { name: useCatalogue().targetName(result.slice(9)) });
  if (result.startsWith('key:')) return t('step.key', { name: result.slice(4) });
  return te(`step.${result}`) ? t(`step.${result}`) : result;
}

export function eventWords(event: CallEvent): string {
  const catalogue = useCatalogue();
  const data = event.data;
  const agent = event.agent ?? (data.agent as string | undefined) ?? '';
  switch (event.type) {
    case 'CallArrived':
      return t('event.CallArrived', { dnis: data.dnis ?? '' });
    case 'StepTaken': {
      const last = resultWords(data.last);
      return stepWords(String(data.step ?? '')) + (last ? t('event.after', { last }) : '');
    }
    case 'CallQueued': {
      const queue = catalogue.queueName(data.queue as string);
      return data.position
        ? t('event.CallQueued', { queue, position: data.position })
        : t('event.CallQueuedPlain', { queue });
    }
    case 'CallConnected':
    case 'CallAbandoned':
      return t(`event.${event.type}`, { agent, wait: duration(data.wait_ms as number) });
    case 'CallEnded':
      return data.talk_ms
        ? t('event.CallEndedTalk', { talk: duration(data.talk_ms as number) })
        : t('event.CallEnded');
    case 'MessageLeft':
      return t('event.MessageLeft', { time: duration(Number(data.seconds ?? 0) * 1000) });
    case 'SurveyAnswered':
      return t('event.SurveyAnswered', { satisfaction: data.satisfaction ?? '' });
    case 'TransferStarted':
    case 'TransferMoved':
    case 'TransferCompleted':
    case 'TransferFailed':
      return transferWords(catalogue.targetName(data.target as string), data as unknown as Transfer);
    case 'AgentStateChanged':
      return t('event.AgentStateChanged', { agent, state: t(`state.${String(data.state)}`) });
    default:
      return te(`event.${event.type}`)
        ? t(`event.${event.type}`, { agent })
        : t('event.other', { type: event.type });
  }
}

/** "转接供水服务热线：占线" */
export function transferWords(name: string, transfer: Pick<Transfer, 'how' | 'state' | 'result'>): string {
  const end = transfer.result && te(`transfer.result.${transfer.result}`) ? t(`transfer.result.${transfer.result}`) : t(`transfer.state.${transfer.state}`);
  return t('transfer.told', { name, how: t(`transfer.how.${transfer.how}`), end });
}

/** Tone of the dot beside an event. */
export function eventTone(type: string): 'good' | 'bad' | 'plain' | 'warm' {
  if (type === 'CallConnected' || type === 'TransferCompleted') return 'good';
  if (type === 'CallAbandoned' || type === 'TransferFailed' || type === 'IllegalMove') return 'bad';
  if (type === 'MemberRang' || type === 'CallHeld' || type === 'MemberMissed') return 'warm';
  return 'plain';
}
