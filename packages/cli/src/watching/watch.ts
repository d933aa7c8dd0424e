import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstLine } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { WatchedFiles } from './watched-files.ts';
import { wordOf } from './watch-messages.ts';

/** More names than these are counted. */
const MOST_NAMES = 3;

/**
 * What a worker loads, watched. A worker says of itself what it imports and requires, and what it looked for in vain: Node does so
 * for its own `--watch`, in every version that we run on, over the channel that `fork` makes. What lies in `node_modules` is left
 * out; a package that is linked there lies elsewhere, and Node names it by where it lies.
 */
export class Watch {
  /** What makes a worker say what it loads. */
  readonly variables: NodeJS.ProcessEnv = { WATCH_REPORT_DEPENDENCIES: '1' };
  readonly #files: WatchedFiles;
  /** Of the last start; `#before` is of those before it, as long as it is not known whether it can be loaded. */
  #loaded = new Set<string>();
  #before = new Set<string>();
  readonly #settings: Set<string>;
  #onChange: (isOfSettings: boolean) => void = () => {};
  #hasFailed = false;
  #hasComplained = false;

  /** @param settings files that settings come from, and those that they would come from if they were there. */
  constructor(settings: readonly string[]) {
    this.#settings = new Set(settings);
    this.#files = new WatchedFiles(
      (files) => this.#changed(files),
      (error, folder) => this.#complain(error, folder),
    );
    for (const file of settings) this.#files.add(file);
  }

  /** Whether what was loaded last is answered by an error page. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Once for a burst of changes, when it is said what has changed. */
  onChange(callback: (isOfSettings: boolean) => void): void {
    this.#onChange = callback;
  }

  /** Workers are about to be started anew. */
  begin(): void {
    for (const file of this.#loaded) this.#before.add(file);
    this.#loaded = new Set();
    this.#hasFailed = false;
  }

  /** Takes what a worker says. */
  readonly heard = (message: unknown): void => {
    const word = wordOf(message);
    if (word === 'failed') this.#hasFailed = true;
    if (word === 'loaded') {
      this.#before = new Set();
      this.#files.keepOnly(new Set([...this.#loaded, ...this.#settings]));
    }
    if (word === 'settings') for (const file of this.#loaded) this.#settings.add(file);
    for (const file of filesIn(message)) {
      this.#loaded.add(file);
      this.#files.add(file);
    }
  };

  close(): void {
    this.#files.close();
  }

  #changed(files: readonly string[]): void {
    const names = files.map((file) => relative('.', file)).toSorted();
    const more = names.length - MOST_NAMES;
    const shown = names.slice(0, MOST_NAMES).join(', ');
    logLine(`changed: ${shown}${more > 0 ? ` and ${more} more` : ''}; starting again`);
    this.#onChange(files.some((file) => this.#settings.has(file)));
  }

  #complain(error: unknown, folder: string): void {
    if (!this.#hasComplained) logLine(`${folder} cannot be watched, and maybe others: ${firstLine(error)}`);
    this.#hasComplained = true;
  }
}

/** The paths in one of Node's reports. */
function filesIn(message: unknown): string[] {
  if (typeof message !== 'object' || message === null) return [];
  const { 'watch:import': urls, 'watch:require': paths } = message as Readonly<Record<string, unknown>>;
  const found = [...(Array.isArray(urls) ? urls : []), ...(Array.isArray(paths) ? paths : [])];
  return found.flatMap((item: unknown) => (typeof item === 'string' ? pathOf(item) : [])).filter(isWatched);
}

function pathOf(item: string): string[] {
  if (item.startsWith('/')) return [item];
  if (!item.startsWith('file:')) return [];
  try {
    return [fileURLToPath(item)];
  } catch {
    return [];
  }
}

function isWatched(file: string): boolean {
  return !file.includes('/node_modules/');
}
