import { type BigIntStats, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';

/** What a path below a root is. */
export interface FoundFile {
  /** The root itself, links followed, absolute, without a slash at its end unless it is `/`. A byte string, as all here. */
  readonly root: string;
  /** The file or folder, links followed, absolute. */
  readonly file: string;
  readonly isFile: boolean;
  readonly isFolder: boolean;
  readonly mode: number;
}

/** What `Root.find` finds: `undefined` where nothing is. */
type Finding = FoundFile | 'outside' | undefined;

/** Where a path led, and until when that is believed. */
interface Place {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly until: number;
  /** The turn of the loop in which it was looked at last. */
  seen: number;
}

/** One below the root, when the root was this place. */
interface KnownFile extends Place {
  readonly root: Place;
  /** As it was when it was looked at last. */
  found: FoundFile;
}

/** What is known of how many paths, how long they may be, and how many milliseconds it is believed. */
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 1024;
const BELIEVED = 1000;

/**
 * A folder whose files may be shown or run, and nothing outside of it: what a path leads to over links has to lie inside. The
 * root itself is resolved again and again: a new release may be behind the same link.
 *
 * Names are bytes and need not be UTF-8: paths are byte strings.
 *
 * Where links lead is asked once a second and path. In between, one look at the root and one at the file tell that they are
 * still the same ones, by their numbers; the kernel has them at hand, so that a thread would cost more than the looks. Requests
 * that are read in one turn of the loop share these.
 * A look is 1.7 µs of CPU time, `realpath` and `stat` by threads are 30 µs each (docs/performance.md says how it is measured).
 */
export class Root {
  readonly #folder: string;
  readonly #files = new Map<string, KnownFile>();
  #root: Place | undefined;
  #turn = 0;
  #isTurning = false;
  readonly #nextTurn = (): void => {
    this.#turn++;
    this.#isTurning = false;
  };

  /** @param folder text, as it was configured. */
  constructor(folder: string) {
    this.#folder = bytesOf(folder);
  }

  /**
   * @param path begins with a slash, and holds neither dot segments nor a NUL.
   * @returns `undefined` when nothing is there.
   */
  find(path: string): FoundFile | 'outside' | undefined | Promise<FoundFile | 'outside' | undefined> {
    return this.#findKnown(path) ?? this.#lookUp(path);
  }

  #findKnown(path: string): FoundFile | undefined {
    const known = this.#files.get(path);
    if (known === undefined) return undefined;
    if (known.root === this.#root && this.#isRoot(known.root)) {
      if (known.seen === this.#turn) return known.found;
      const stats = look(known.root.path + path, known);
      if (stats !== undefined) {
        known.seen = this.#turn;
        if (Number(stats.mode) !== known.found.mode) known.found = found(known.root, known.path, stats);
        return known.found;
      }
    }
    this.#files.delete(path);
    return undefined;
  }

  /** Whether the folder is still this one. */
  #isRoot(root: Place): boolean {
    if (!this.#isTurning) {
      this.#isTurning = true;
      setImmediate(this.#nextTurn);
    }
    if (root.seen === this.#turn) return true;
    if (look(this.#folder, root) === undefined) return false;
    root.seen = this.#turn;
    return true;
  }

  async #lookUp(path: string): Promise<Finding> {
    try {
      const root = await this.#lookUpRoot();
      const file = await resolved(root.path + path);
      if (file !== root.path && !file.startsWith(root.path === '/' ? '/' : `${root.path}/`)) return 'outside';
      const stats = await stat(Buffer.from(file, 'latin1'), { bigint: true });
      const known = { ...placeOf(file, stats), root, found: found(root, file, stats) };
      this.#remember(path, known);
      return known.found;
    } catch {
      return undefined;
    }
  }

  async #lookUpRoot(): Promise<Place> {
    const known = this.#root;
    if (known !== undefined && this.#isRoot(known)) return known;
    const path = await resolved(this.#folder);
    const root = placeOf(path, await stat(Buffer.from(path, 'latin1'), { bigint: true }));
    this.#root = root;
    return root;
  }

  #remember(path: string, place: KnownFile): void {
    if (path.length > LONGEST_KNOWN) return;
    if (this.#files.size >= MOST_KNOWN) this.#files.clear();
    // A string of its own: as a part of a request's head it would keep the head.
    this.#files.set(Buffer.from(path, 'latin1').toString('latin1'), place);
  }
}

function placeOf(path: string, { dev, ino }: BigIntStats): Place {
  return { path, device: dev, inode: ino, until: performance.now() + BELIEVED, seen: -1 };
}

function found(root: Place, file: string, stats: BigIntStats): FoundFile {
  return {
    root: root.path,
    file,
    isFile: stats.isFile(),
    isFolder: stats.isDirectory(),
    mode: Number(stats.mode),
  };
}

/**
 * What is at this path, if it is what was there before and that is still believed. Numbers are asked for as big integers:
 * they are exact, and Node's other ones, after a pipe was looked at, make its next `import` follow no links.
 */
function look(path: string, place: Place): BigIntStats | undefined {
  if (place.until < performance.now()) return undefined;
  try {
    const name = /[\x80-\xff]/.test(path) ? Buffer.from(path, 'latin1') : path;
    const stats = statSync(name, { bigint: true, throwIfNoEntry: false });
    return stats?.dev === place.device && stats.ino === place.inode ? stats : undefined;
  } catch {
    return undefined;
  }
}

async function resolved(path: string): Promise<string> {
  return (await realpath(Buffer.from(path, 'latin1'), { encoding: 'buffer' })).toString('latin1');
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
