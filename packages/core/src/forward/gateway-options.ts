import type { App } from '../contract/contract.ts';
import { checkedNumbers, forwardRules } from '../options.ts';
import type { AnswerTimeouts } from './cgi-answer.ts';
import type { BodySettings, SpoolFile } from './forwarded-body.ts';

/** What every gateway can be told, whatever it forwards over. Durations are milliseconds, sizes bytes. */
export interface ForwardOptions {
  /** From the last byte of the request that was sent to the end of the answer's head; then 504. Default 60,000. */
  responseTimeout?: number;
  /** Between two pieces of the answer's body; then the answer is cut off, visibly. Default 60,000. */
  idleTimeout?: number;
  /**
   * The longest request body; beyond it 413. Default: unlimited, but for a body whose length the client did not announce: of
   * that, 1,073,741,824 bytes, for it is stored.
   */
  maxBody?: number;
  /**
   * How much of a body is held in memory whose length the client did not announce: every CGI-like wire wants the length
   * first. What is longer goes into a file that nobody else can open, in the folder for temporary files, up to `maxBody`.
   * Default 16,777,216.
   */
  maxSpool?: number;
  /** Variables for every request; they win over the request's own. */
  params?: Readonly<Record<string, string>>;
  /**
   * Answers local redirects (RFC 3875 section 6.2.2), with the whole path in PATH_INFO. Default: the gateway itself, for a
   * path inside its mount; any other becomes a redirect of the client.
   */
  redirectTo?: App;
  /** Sends the files that programs name with X-Accel-Redirect and X-Sendfile. Default: these headers are left out. */
  sendfile?: Sendfile;
}

/** Files that a program may have sent in its place: whether the client may see one is for the program to decide. */
export interface Sendfile {
  /** The folder that they are in, absolute. X-Accel-Redirect gives a path below it, X-Sendfile that or the whole one. */
  readonly root: string;
  /** Sends the file below the folder that PATH_INFO names: `internalFiles(root)` of `@tsgi/adapters/static`, say. */
  readonly app: App;
}

/** `ForwardOptions` with their defaults. */
export interface ForwardSettings extends AnswerTimeouts, BodySettings {
  readonly params: Readonly<Record<string, string>>;
  readonly redirectTo: App | undefined;
  readonly sendfile: Sendfile | undefined;
}

/**
 * @param openSpool where the rest of a body goes that is more than `maxSpool`; without it, such a body is refused.
 * @throws RangeError that names an option whose value makes no sense.
 */
export function forwardSettings(options: ForwardOptions, openSpool?: () => Promise<SpoolFile>): ForwardSettings {
  return {
    ...checkedNumbers(forwardRules, options),
    openSpool,
    params: options.params ?? {},
    redirectTo: options.redirectTo,
    sendfile: options.sendfile,
  };
}
