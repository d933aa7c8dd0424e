/** A line of the application. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^\s()]+):(\d+):(\d+)\)?$/;
const DEEP = 60;

function framesOf(stack: string): Place[] {
  return stack.split('\n').flatMap((text) => {
    const [, url, line, column] = FRAME.exec(text) ?? [];
    if (url === undefined) return [];
    const file = url.startsWith('file:') ? decodeURIComponent(new URL(url).pathname) : url;
    return [{ file, line: Number(line), column: Number(column) }];
  });
}

function stackHere(): string {
  // V8 keeps ten frames, and a validator is deeper than that.
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', DEEP);
  const { stack } = new Error('here');
  Reflect.set(Error, 'stackTraceLimit', limit);
  return stack ?? '';
}

/** The folder of this package's code, as stacks name it: what is in there is not the application's. */
const OWN = framesOf(stackHere())[0]?.file.replace(/validator\/check\/[^/]*$/, '') ?? '\0';

function isOurs(file: string): boolean {
  return file.startsWith(OWN) || /\/node_modules\/@tsgi\//.test(file);
}

/** Where a stack was last in the application, if its runtime can tell. */
export function placeIn(stack: string): Place | undefined {
  const all = framesOf(stack);
  // Beyond the probe is whoever asked for it.
  const probe = all.findIndex(({ file }) => isOurs(file) && /\/run-probe\.[jt]s$/.test(file));
  const frames = (probe === -1 ? all : all.slice(0, probe)).filter(({ file }) => !isOurs(file));
  return frames.find(({ file }) => !file.includes('/node_modules/')) ?? frames[0];
}

/** Where in the application the code is that runs now. */
export function placeHere(): Place | undefined {
  return placeIn(stackHere());
}
