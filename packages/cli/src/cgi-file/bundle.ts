import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { Plugin, PluginContext, RolldownLog } from 'rolldown';
import { CommandFailure, EXIT, firstLine } from '../command-line/failure.ts';
import { type Bundler, loadBundler } from './bundler.ts';
import { type CgiFile, entryText } from './entry-text.ts';
import type { Format } from './first-lines.ts';
import { isPlainlyTsgi } from './is-plainly-tsgi.ts';
import { codeCacheOf } from './code-cache.ts';
import { type Chunk, oneFile } from './one-file.ts';

const ENTRY = 'tsgi-cgi-entry.mjs';

/** Who looks at the shape of an application. */
const LOADER = fileURLToPath(new URL('../serving/load-app.js', import.meta.url));

/** What finds and loads the machine code of a package at run time: a bundler cannot follow it. */
const LOADERS_OF_ADDONS =
  /^(?:bindings|node-gyp-build|node-gyp-build-optional-packages|(?:@mapbox\/)?node-pre-gyp|.+\.node)$/;

/** Where machine code is wanted: what by whom. */
interface Addon {
  readonly wanted: string;
  readonly by: string;
}

/**
 * The application and what answers with it as one text.
 *
 * @throws CommandFailure (exit 1) naming what cannot be bundled, (exit 3) where there is no bundler.
 */
export async function bundle(program: CgiFile, format: Format): Promise<string> {
  const { rolldown, minify } = await loadBundler();
  const { spec, external = [] } = program;
  const addons: Addon[] = [];
  const logs: RolldownLog[] = [];
  try {
    const build = await rolldown({
      input: ENTRY,
      platform: 'node',
      external: external.map((name) => new RegExp(`^${escaped(name)}(?:/|$)`)),
      transform: { target: 'node20.19' },
      experimental: { attachDebugInfo: 'none' },
      plugins: [entry(program), adapters(program), noAddons(addons)],
      onLog: (_level, log) => void logs.push(log),
    });
    const { output } = await build.generate({
      format,
      // An ES module has to be one: what it imports of Node is loaded at its start.
      codeSplitting: format === 'cjs',
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
      // Lines and names stay: Node prints the line of an error that nobody catches, and less text starts no sooner.
      comments: false,
      minify: false,
    });
    await build.close();
    refuseAddons(spec, addons);
    refuseUnresolved(spec, logs);
    const [first, ...others] = output;
    if (format === 'es') return first.code;
    const chunks = others.filter((part) => part.type === 'chunk');
    const parts: [Chunk, ...Chunk[]] = [await minified(first, minify), ...chunks];
    const application = chunks.find(({ facadeModuleId }) => facadeModuleId === program.file);
    // What stays is compiled once.
    if (application === undefined || program.idleExit !== undefined) return oneFile(parts);
    return oneFile(parts, codeCacheOf(parts, application.fileName, program.name));
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    refuseAddons(spec, addons);
    throw failure(spec, firstOf(error), error);
  }
}

/** Our own code alone: Node prints the line of an error that nobody catches, and an application's is for people. */
async function minified({ fileName, code }: Chunk, minify: Bundler['minify']): Promise<Chunk> {
  const { code: less } = await minify(fileName, code, { module: false });
  return { fileName, code: less };
}

function entry(program: CgiFile): Plugin {
  return {
    name: 'tsgi-entry',
    resolveId: (id) => (id === ENTRY ? id : undefined),
    load: (id) =>
      id === ENTRY ? entryText(program, (module) => fileURLToPath(new URL(module, import.meta.url))) : undefined,
  };
}

/** What is asked for an adapter where none can be wanted. */
const NO_ADAPTERS = `
const load = (app) => typeof app === 'function' ? { load: async () => app } : undefined;
export const findApp = (module) => load(module.default) ?? load(module.app);
export const recognise = load;
export const take = load;
`;

/** Adapters for applications of frameworks, unless it can be seen that this is none. */
function adapters({ file, name, interface: as }: CgiFile): Plugin {
  let areWanted = true;
  return {
    name: 'tsgi-adapters',
    buildStart() {
      if (as !== undefined) areWanted = as !== 'tsgi';
      else if (name === undefined) areWanted = !isPlainly(this, file);
    },
    resolveId: {
      filter: { id: /^@tsgi\/adapters$/ },
      // The application may import them itself.
      handler: (id, importer) => (areWanted || importer !== LOADER ? undefined : `\0${id}`),
    },
    load: (id) => (id === '\0@tsgi/adapters' ? NO_ADAPTERS : undefined),
  };
}

function isPlainly({ parse }: Pick<PluginContext, 'parse'>, file: string): boolean {
  const [, typed] = /\.[cm]?([jt]s)$/.exec(file) ?? [];
  if (typed === undefined) return false;
  try {
    const text = readFileSync(file, 'utf8');
    return isPlainlyTsgi(text, parse(text, { lang: typed === 'ts' ? 'ts' : 'js' }));
  } catch {
    // What is wrong with it is said when it is bundled.
    return false;
  }
}

function noAddons(addons: Addon[]): Plugin {
  return {
    name: 'tsgi-no-addons',
    resolveId: {
      filter: { id: LOADERS_OF_ADDONS },
      handler(wanted, by = '') {
        addons.push({ wanted, by });
        return { id: wanted, external: true };
      },
    },
  };
}

function refuseAddons(spec: string, [addon]: readonly Addon[]): void {
  if (addon === undefined) return;
  const [name = '', more = ''] = addon.by.split('/node_modules/').slice(1).at(-1)?.split('/') ?? [];
  const owner = name === '' ? undefined : name.startsWith('@') ? `${name}/${more}` : name;
  const what = owner ?? relative('', addon.by);
  const hint = owner === undefined ? '' : `; --external ${owner} leaves it out, to be installed beside the file`;
  const message = `cannot bundle ${spec}: ${what} is or loads a native addon (${basename(addon.wanted)})${hint}`;
  throw new CommandFailure(message, EXIT.failed);
}

/** An import of what is not there; a `require` of it in a `try` is no mistake, and not among them. */
function refuseUnresolved(spec: string, logs: readonly RolldownLog[]): void {
  const log = logs.find(({ code }) => code === 'UNRESOLVED_IMPORT');
  if (log !== undefined) throw failure(spec, log, undefined);
}

/** The bundler collects what it finds. */
function firstOf(error: unknown): unknown {
  const errors: unknown = error instanceof Error && 'errors' in error ? error.errors : undefined;
  return Array.isArray(errors) && errors.length > 0 ? errors[0] : error;
}

/** In one line: the bundler draws a picture of the place below the first. */
function failure(spec: string, found: unknown, cause: unknown): CommandFailure {
  const { code, loc } = found as Partial<RolldownLog>;
  const place = loc?.file === undefined ? '' : ` (${loc.file}:${loc.line}:${loc.column + 1})`;
  const message =
    code === 'INVALID_TLA_FORMAT'
      ? `it awaits at its top level, as only an ES module can${place}; give the file a name that ends in .mjs, without --resident`
      : `${plain(found)}${place}`;
  return new CommandFailure(`cannot bundle ${spec}: ${message}`, EXIT.failed, cause);
}

/** Without colours, and what stands before the text: `[UNRESOLVED_IMPORT]`, and the place once more. */
function plain(found: unknown): string {
  return stripVTControlCharacters(firstLine(found))
    .replace(/^[^[\n]{0,4096}\[[A-Z_]{3,40}\]/, '')
    .trim();
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
