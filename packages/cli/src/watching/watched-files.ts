import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A burst of changes is over when nothing has come for so long, or when it has lasted for the longer time. Milliseconds. */
const QUIET = 100;
const LONGEST_BURST = 2000;
/** An editor that writes by rename, or a version control system, leaves a file out for a moment. */
const GONE_FOR = 400;

/** What tells one state of a file from another; a file that is not there has one, too. */
const MISSING = 'missing';

/**
 * Files, by path, and their changes: written to, replaced by rename, deleted, made. Their folders are watched and not they
 * themselves: an editor that writes by rename makes another file. Where there is no folder, its nearest parent is watched.
 */
export class WatchedFiles {
  readonly #onChange: (files: readonly string[]) => void;
  readonly #onTrouble: (error: unknown, folder: string) => void;
  /** By path: how it was when it was last looked at. */
  #files = new Map<string, string>();
  readonly #folders = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #burstSince = 0;

  /**
   * @param onChange gets the files that differ from what they were, once for a burst.
   * @param onTrouble a folder cannot be watched.
   */
  constructor(onChange: (files: readonly string[]) => void, onTrouble: (error: unknown, folder: string) => void) {
    this.#onChange = onChange;
    this.#onTrouble = onTrouble;
  }

  add(file: string): void {
    if (this.#files.has(file)) return;
    this.#files.set(file, stateOf(file));
    // What has changed before its folder was watched is seen by another look.
    if (this.#watchFolderOf(file)) this.#lookSoon();
  }

  /** All others are watched no more. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#files = new Map([...this.#files].filter(([file]) => files.has(file)));
    const folders = new Set([...this.#files.keys()].map(existingFolderOf));
    for (const folder of this.#folders.keys()) if (!folders.has(folder)) this.#unwatch(folder);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const folder of this.#folders.keys()) this.#unwatch(folder);
  }

  /** @returns whether it was not watched before. */
  #watchFolderOf(file: string): boolean {
    const folder = existingFolderOf(file);
    if (this.#folders.has(folder)) return false;
    try {
      const watcher = watch(folder, (_type, name) => this.#heard(folder, name));
      watcher.on('error', () => this.#unwatch(folder));
      this.#folders.set(folder, watcher);
      return true;
    } catch (error) {
      this.#onTrouble(error, folder);
      return false;
    }
  }

  #unwatch(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
  }

  #heard(folder: string, name: string | null): void {
    const isOfFolder = name === null || name === basename(folder);
    // The folder itself may be another one now, or none.
    if (isOfFolder) this.#unwatch(folder);
    else if (!this.#concerns(`${folder === '/' ? '' : folder}/${name}`)) return;
    this.#lookSoon();
  }

  #lookSoon(): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#burstSince = now;
    clearTimeout(this.#timer);
    const left = this.#burstSince + LONGEST_BURST - now;
    this.#timer = setTimeout(() => this.#look(false), Math.max(0, Math.min(QUIET, left)));
  }

  /** A file of ours, or a folder on the way to one. */
  #concerns(path: string): boolean {
    if (this.#files.has(path)) return true;
    for (const file of this.#files.keys()) if (file.startsWith(`${path}/`)) return true;
    return false;
  }

  #look(again: boolean): void {
    this.#timer = undefined;
    for (const file of this.#files.keys()) this.#watchFolderOf(file);
    const changed: string[] = [];
    let isMissing = false;
    for (const [file, before] of this.#files) {
      const now = stateOf(file);
      if (now === before) continue;
      changed.push(file);
      isMissing ||= now === MISSING;
    }
    if (isMissing && !again) {
      this.#burstSince = performance.now();
      this.#timer = setTimeout(() => this.#look(true), GONE_FOR);
      return;
    }
    for (const file of changed) this.#files.set(file, stateOf(file));
    if (changed.length > 0) this.#onChange(changed);
  }
}

/** Changes with every writing, and when another file takes its place. */
function stateOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? MISSING : `${found.mtimeMs} ${found.size} ${found.ino}`;
}

function existingFolderOf(file: string): string {
  let folder = dirname(file);
  while (folder !== dirname(folder) && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    folder = dirname(folder);
  }
  return folder;
}
