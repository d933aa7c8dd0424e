import type { AccessRecord } from './access-record.ts';
import type { LineBytes } from './line-bytes.ts';

function member(line: LineBytes, prefix: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') return;
  line.plain(prefix);
  line.json(value);
  line.plain('"');
}

/** Seconds whose beginning is remembered as text. */
let second = -1;
let secondText = '';

function timeText(began: number): string {
  const whole = Math.floor(began / 1000);
  if (whole !== second) {
    second = whole;
    secondText = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  return `${secondText}${String(Math.floor(began) - whole * 1000).padStart(3, '0')}Z`;
}

/**
 * An object in one line; what is not known is left out. `time` is ISO 8601, `duration` milliseconds, `bytes` those of the body.
 */
export function jsonLine(record: AccessRecord, line: LineBytes): void {
  const { environ, method, target, protocol, status, bytes, began, duration } = record;
  line.plain('{"time":"');
  line.plain(timeText(began));
  line.plain('"');
  member(line, ',"requestId":"', record.requestId);
  member(line, ',"remote":"', environ.REMOTE_ADDR);
  member(line, ',"user":"', environ['REMOTE_USER']);
  member(line, ',"host":"', environ.HTTP_HOST);
  member(line, ',"method":"', method);
  member(line, ',"uri":"', target);
  member(line, ',"protocol":"', protocol);
  if (status !== 0) line.plain(`,"status":${status}`);
  if (bytes !== undefined) line.plain(`,"bytes":${bytes}`);
  line.plain(',"duration":');
  line.number(Math.round(duration * 1000) / 1000);
  member(line, ',"referer":"', environ.HTTP_REFERER);
  member(line, ',"agent":"', environ.HTTP_USER_AGENT);
  if (record.aborted) line.plain(',"aborted":true');
  member(line, ',"refused":"', record.refused);
  line.plain('}');
}
