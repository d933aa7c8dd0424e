import type { AccessFormat } from '@tsgi/adapters/access-log';
import { AccessLog } from './access-log.ts';
import { LogFile } from './log-file.ts';
import { LogStream } from './log-stream.ts';

/** @param file `-` for standard output; `undefined` for standard error. */
export function openAccessLog(file: string | undefined, format: AccessFormat): AccessLog {
  if (file === undefined) return new AccessLog('the access log on standard error', new LogStream('stderr'), format);
  if (file === '-') return new AccessLog('the access log on standard output', new LogStream('stdout'), format);
  return new AccessLog(`--access-log-file ${file}`, new LogFile(file), format);
}
