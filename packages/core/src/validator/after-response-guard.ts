import type { Environ } from '../contract/contract.ts';
import type { BodyLife } from './body-life.ts';
import { found } from './found.ts';
import type { Inspection } from './inspection.ts';
import { checkInnersClosed } from './nesting.ts';

const KEY = 'tsgi.after_response';

/** `tsgi.after_response`, checked on both sides (R92), and where the validator learns that the request is over. */
export class AfterResponseGuard {
  readonly #inspection: Inspection;
  #touched = false;
  #replacement: unknown;
  #isReported = false;
  #entryReported = false;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  /** Stands before the array in what the application gets; the array itself is made when somebody asks for it. */
  standIn(environ: Environ): void {
    const server = this.#inspection.environ;
    if (!(KEY in server)) return;
    // What is there already costs nothing to look at; an accessor is looked at when the application has.
    const own = Object.getOwnPropertyDescriptor(server, KEY);
    if (this.#inspection.outer === undefined && own !== undefined && 'value' in own) this.#checkIsArray(own.value);
    this.#checkKept(server);
    Object.defineProperty(environ, KEY, {
      get: (): unknown => {
        this.#touched = true;
        return this.#replacement ?? server[KEY];
      },
      set: (value: unknown): void => {
        if (value !== server[KEY]) this.#reportReplaced(value);
        this.#replacement = value;
      },
      enumerable: Object.prototype.propertyIsEnumerable.call(server, KEY),
      configurable: true,
    });
  }

  /** The application has returned. */
  check(): void {
    if (!this.#touched) return;
    const hooks: unknown = this.#inspection.environ[KEY];
    if (Array.isArray(hooks)) this.#checkEntries(hooks);
    else this.#checkIsArray(hooks);
  }

  /** Adds a hook of the validator's own, last among those that are there. */
  watch(life: BodyLife | undefined): void {
    const hooks: unknown = this.#inspection.environ[KEY];
    if (!Array.isArray(hooks)) return;
    let runs = 0;
    hooks.push((): void => {
      if (++runs > 1) {
        this.#inspection.reporter.error('R92', 'server', `${KEY} ran ${runs} times: expected once, after the response`);
        return;
      }
      life?.afterResponse();
      checkInnersClosed(this.#inspection);
      this.#checkEntries(hooks);
    });
  }

  /** Between two validators: whether the middleware has kept the array. An accessor is left alone, for it is kept. */
  #checkKept(environ: Environ): void {
    const { outer, reporter } = this.#inspection;
    const own: unknown = Object.getOwnPropertyDescriptor(environ, KEY)?.value;
    if (outer === undefined || own === undefined || own === outer.environ[KEY]) return;
    reporter.error(
      'R92',
      'middleware',
      `the middleware replaced ${KEY} by ${found(own)}: the server runs its own array and no other; push to it`,
    );
  }

  #checkIsArray(hooks: unknown): void {
    if (Array.isArray(hooks) || this.#isReported) return;
    this.#isReported = true;
    this.#inspection.reporter.error('R92', 'server', `${KEY} is ${found(hooks)}: expected an array`);
  }

  #checkEntries(hooks: readonly unknown[]): void {
    const index = hooks.findIndex((hook): boolean => typeof hook !== 'function');
    if (index !== -1 && !this.#entryReported) {
      this.#entryReported = true;
      this.#inspection.reporter.error(
        'R92',
        'app',
        `${KEY} holds ${found(hooks[index])}: expected functions, which are called without arguments`,
      );
    }
  }

  #reportReplaced(value: unknown): void {
    this.#inspection.reporter.error(
      'R92',
      'app',
      `${KEY} was replaced by ${found(value)}: the server runs its own array and no other; push to it`,
    );
  }
}
