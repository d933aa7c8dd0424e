/** What every program gets of this process's environment, as CGI programs do. */
const INHERITED = ['PATH', 'LANG', 'TZ'];

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The environment of a FastCGI program: little of ours, for it may hold secrets.
 *
 * @param names to inherit besides; `NAME=value` sets one.
 */
export function programEnvironment(names: readonly string[], own: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const entry of [...INHERITED, ...names]) {
    const equals = entry.indexOf('=');
    const name = equals === -1 ? entry : entry.slice(0, equals);
    const value = equals === -1 ? own[name] : entry.slice(equals + 1);
    if (value !== undefined) env[name] = value;
  }
  return env;
}
