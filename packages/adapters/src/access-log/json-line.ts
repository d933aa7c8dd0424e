import type { AccessRecord } from './access-record.ts';
import { jsonText } from './escape.ts';
import type { Part, ValuePart } from './log-line.ts';

/** A member that is left out where there is nothing to say. */
function member(name: string, show: (record: AccessRecord) => unknown, varies = false): ValuePart {
  const prefix = `,"${name}":"`;
  const text = (value: unknown): string =>
    typeof value === 'string' && value !== '' ? `${prefix}${jsonText(value)}"` : '';
  return { show, text, varies };
}

function numberMember(name: string, show: (record: AccessRecord) => number | undefined): ValuePart {
  const prefix = `,"${name}":`;
  return { show, text: (value) => (typeof value === 'number' ? `${prefix}${value}` : ''), varies: false };
}

/** Seconds whose beginning is remembered as text. */
let second = -1;
let secondText = '';

/** The same of a millisecond: a busy server has many requests in one. */
let millisecond = -1;
let millisecondText = '';

/** ISO 8601. */
function timeText(milliseconds: number): string {
  if (milliseconds === millisecond) return millisecondText;
  const whole = Math.floor(milliseconds / 1000);
  if (whole !== second) {
    secondText = new Date(whole * 1000).toISOString().slice(0, 20);
    second = whole;
  }
  millisecond = milliseconds;
  millisecondText = `${secondText}${threeDigits(milliseconds - whole * 1000)}Z`;
  return millisecondText;
}

function threeDigits(value: number): string {
  if (value > 99) return String(value);
  return value > 9 ? `0${value}` : `00${value}`;
}

/** Milliseconds, of microseconds; as a fraction of a double they would cost five times as much. */
function durationText(microseconds: number): string {
  const whole = Math.floor(microseconds / 1000);
  return `${whole}.${threeDigits(microseconds - whole * 1000)}`;
}

const requestId: ValuePart = {
  show: ({ requestId }) => requestId,
  text: (value, { isPlainId }) =>
    typeof value === 'string' && value !== '' ? `,"requestId":"${isPlainId ? value : jsonText(value)}"` : '',
  varies: true,
};

const time: ValuePart = {
  show: ({ began }) => Math.floor(began),
  text: (value) => (typeof value === 'number' ? timeText(value) : ''),
  varies: true,
  isTimed: true,
};

const duration: ValuePart = {
  show: ({ duration }) => Math.round(duration * 1000),
  text: (value) => (typeof value === 'number' ? durationText(value) : ''),
  varies: true,
  isTimed: true,
};

const aborted: ValuePart = {
  show: ({ aborted }) => aborted,
  text: (value) => (value === true ? ',"aborted":true' : ''),
  varies: false,
};

/**
 * An object in one line; what is not known is left out. `time` is ISO 8601, `duration` milliseconds, `bytes` those of the body.
 */
export const JSON_LINE: readonly Part[] = [
  '{"time":"',
  time,
  '"',
  requestId,
  member('remote', ({ environ }) => environ.REMOTE_ADDR),
  member('user', ({ environ }) => environ['REMOTE_USER']),
  member('host', ({ environ }) => environ.HTTP_HOST),
  member('method', ({ method }) => method),
  member('uri', ({ target }) => target, true),
  member('protocol', ({ protocol }) => protocol),
  numberMember('status', ({ status }) => status || undefined),
  numberMember('bytes', ({ bytes }) => bytes),
  ',"duration":',
  duration,
  member('referer', ({ environ }) => environ.HTTP_REFERER),
  member('agent', ({ environ }) => environ.HTTP_USER_AGENT),
  aborted,
  member('refused', ({ refused }) => refused),
  '}',
];
