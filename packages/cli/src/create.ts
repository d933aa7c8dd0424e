import { main } from './main.ts';

/** Where an application goes that nobody gave a name. */
const FOLDER = 'tsgi-app';

/**
 * What `npm create tsgi` runs: `tsgi init --install`, into the folder `tsgi-app` where the command line names none.
 *
 * @param args without Node and the script.
 * @returns the exit code, as the command has it.
 */
export function create(args: readonly string[]): Promise<number> {
  const isNamed = args.some((arg) => !arg.startsWith('-'));
  return main(['init', '--install', ...args, ...(isNamed ? [] : [FOLDER])]);
}
