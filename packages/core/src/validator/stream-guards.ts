import type { ErrorStream, Input } from '../contract/contract.ts';
import { found } from './found.ts';
import { type AnnouncedBody, InputWatch } from './input-watch.ts';
import type { Reporter } from './reporter.ts';

/** What an application might call to end a stream that is not its own (R47). */
const CLOSERS: ReadonlySet<string> = new Set(['close', 'destroy', 'end', 'cancel', 'abort']);

/**
 * Lets the contract's methods through and reports the use of any other (R43, R47). A name that the stream does not have
 * stays absent, so that feature detection gives what it gave, but for the closers.
 */
function exposeOnly<Guard extends object>(guard: Guard, stream: object, key: string, reporter: Reporter): Guard {
  return new Proxy(guard, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name);
      const value: unknown = Reflect.get(stream, name);
      if (typeof name === 'symbol') return value;
      const isCloser = CLOSERS.has(name);
      if (value === undefined && !isCloser) return undefined;
      const report = isCloser
        ? () =>
            reporter.error(
              'R47',
              'app',
              `${key}.${name}() was called: expected the stream to be left open, for it is the server's; stop reading or writing, no more`,
            )
        : () =>
            reporter.error(
              'R43',
              'app',
              `${key}.${name} was used: expected nothing but the contract's methods, for other servers have no other`,
            );
      if (typeof value === 'function' || isCloser) {
        return (...args: unknown[]): unknown => {
          report();
          return typeof value === 'function' ? Reflect.apply(value, stream, args) : undefined;
        };
      }
      report();
      return value;
    },
  });
}

/** `tsgi.input`, checked on both sides (R43 to R48, R54). */
export function guardInput(input: Input, announced: AnnouncedBody, reporter: Reporter): Input {
  const watch = new InputWatch(announced, reporter);
  const guard: Input = {
    read: (...args: unknown[]) => watch.read('read', args, () => Reflect.apply(input.read, input, args)),
    readline: (...args: unknown[]) => watch.read('readline', args, () => Reflect.apply(input.readline, input, args)),
    readlines: (...args: unknown[]) => watch.readlines(args, () => Reflect.apply(input.readlines, input, args)),
    [Symbol.asyncIterator]: () => watch.iterate(input[Symbol.asyncIterator]()),
  };
  return exposeOnly(guard, input, 'tsgi.input', reporter);
}

function checkText(reporter: Reporter, method: string, text: unknown): void {
  if (typeof text === 'string') return;
  const hint = text instanceof Uint8Array ? '; decode it, with new TextDecoder().decode(bytes)' : '; use String(value)';
  reporter.error('R55', 'app', `tsgi.errors.${method} was given ${found(text)}: expected text${hint}`);
}

/** `tsgi.errors`, checked on the application's side (R47, R55). */
export function guardErrors(errors: ErrorStream, reporter: Reporter): ErrorStream {
  const guard: ErrorStream = {
    write(text) {
      checkText(reporter, 'write', text);
      return errors.write(text);
    },
    writelines(texts) {
      if (typeof texts === 'string') {
        reporter.warning(
          'R55',
          'app',
          `tsgi.errors.writelines was given ${found(texts)}: it is written character by character; use write, or an array`,
        );
      }
      const lines = [...texts];
      for (const line of lines) checkText(reporter, 'writelines', line);
      return errors.writelines(lines);
    },
    flush: () => errors.flush(),
  };
  return exposeOnly(guard, errors, 'tsgi.errors', reporter);
}
