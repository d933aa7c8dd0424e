import { environFromVariables, type VariablesOptions } from '../src/cgi.ts';
import { createErrorStream, type ServerTraits } from '../src/server.ts';
import type { Environ } from '../src/index.ts';

export const traits: ServerTraits = {
  multithread: false,
  multiprocess: true,
  runOnce: true,
  concurrent: false,
  serverSoftware: 'test/1.0',
  errors: createErrorStream(() => {}),
};

type Variables = Record<string, string> | string[];

function listed(variables: Variables): string[] {
  return Array.isArray(variables) ? variables : Object.entries(variables).flat();
}

/** What every front end sends, before what is given. */
export function environ(variables: Variables = {}, options: VariablesOptions = {}, scriptName?: string): Environ {
  const always = ['REQUEST_METHOD', 'GET', 'SERVER_PROTOCOL', 'HTTP/1.1'];
  return environFromVariables(
    [...always, ...listed(variables)],
    scriptName === undefined ? traits : { ...traits, scriptName },
    options,
  );
}
