import { describe, expect, it } from 'vitest';
import { readError } from '@/api/client';
import { isTyping, shortcutOf } from '@/keys/shortcuts';
import { gradeOf } from '@/phone/quality';
import { bodyOf, changesOf, emptyFields, faultsOf, filledFrom } from '@/text/ticket';
import { dateTime, duration, instantOf, wallClock } from '@/text/time';
import en from '@/i18n/en';
import zh from '@/i18n/zh-CN';

describe('times', () => {
  it('are the city’s, whatever the desk is set to', () => {
    expect(dateTime('2026-11-22T16:30:05Z')).toBe('2026-11-23 00:30:05');
    expect(wallClock('2026-11-22T16:30:05Z')).toBe('2026-11-23 00:30');
    expect(instantOf('2026-11-23 00:30')).toBe('2026-11-23T00:30:00+08:00');
  });
  it('run as minutes and seconds', () => {
    expect(duration(75_900)).toBe('1:15');
    expect(duration(3_723_000)).toBe('1:02:03');
    expect(duration(-5)).toBe('0:00');
    expect(duration(null)).toBe('–');
  });
});

describe('a ticket', () => {
  it('names each missing field', () => {
    expect(Object.keys(faultsOf(emptyFields()))).toEqual(['kind', 'title', 'content']);
  });
  it('refuses words in the phone field but takes a masked number', () => {
    const phone = (text: string) => faultsOf({ ...emptyFields(), requester_phone: text }).requester_phone;
    expect(phone('见备注')).toBeDefined();
    expect(phone('138****5678')).toBeUndefined();
    expect(phone('+86 25-8888 1234')).toBeUndefined();
  });
  it('sends only what changed', () => {
    const before = { ...emptyFields(), title: '积水', requester_phone: '138****5678' };
    expect(changesOf(before, { ...before, title: '积水 ' })).toEqual({});
    expect(changesOf(before, { ...before, title: '道路积水' })).toEqual({ title: '道路积水' });
    expect(bodyOf(before).address).toBeNull();
  });
  it('takes what a sub-centre knew where the agent has written nothing', () => {
    const brought = { title: '发票', content: '已核对', occurred_at: '2026-11-20T02:00:00Z', audience: 'enterprise', reference: 'A1' };
    const filled = filledFrom(brought, { ...emptyFields(), title: '补开发票' });
    expect(filled).toEqual({ ...emptyFields('enterprise'), title: '补开发票', content: '已核对', occurred_at: '2026-11-20 10:00' });
  });
});

describe('keys', () => {
  const key = (code: string, extra = {}) => ({ key: '', code, altKey: true, ctrlKey: false, metaKey: false, ...extra });
  it('act with Alt, and F2 answers even while typing', () => {
    expect(shortcutOf(key('KeyH'), true)).toBe('hangup');
    expect(shortcutOf(key('F2', { key: 'F2', altKey: false }), true)).toBe('answer');
  });
  it('leave ordinary typing alone', () => {
    expect(shortcutOf(key('KeyH', { altKey: false, key: 'h' }), true)).toBeNull();
    expect(shortcutOf(key('Slash', { altKey: false, key: '?' }), true)).toBeNull();
    expect(shortcutOf(key('KeyH', { repeat: true }), false)).toBeNull();
    expect(isTyping(null)).toBe(false);
  });
});

describe('errors', () => {
  it('keep the server’s sentence and field, wrapped or not', () => {
    const body = { code: 'ticket_field_missing', field: 'content', zh: '请填写', en: 'Fill in' };
    expect(readError(422, body).field).toBe('content');
    expect(readError(422, { detail: body }).zh).toBe('请填写');
  });
  it('are a sentence even when the answer is not ours', () => {
    expect(readError(502, null).zh).toContain('502');
  });
});

describe('call quality', () => {
  it('says silent when no packet came since the last look', () => {
    const now = { packetsIn: 100, packetsOut: 90, lost: 0, roundTrip: 20, jitter: 2 };
    expect(gradeOf(null, now)).toBe('good');
    expect(gradeOf({ ...now, grade: 'good' }, now)).toBe('silent');
  });
});

describe('both languages', () => {
  const keys = (node: object, at = ''): string[] =>
    Object.entries(node).flatMap(([key, value]) =>
      typeof value === 'string' ? [`${at}${key}`] : keys(value as object, `${at}${key}.`),
    );
  it('say the same things', () => {
    expect(keys(en)).toEqual(keys(zh));
  });
});
