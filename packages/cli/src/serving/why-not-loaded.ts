import { describeThrown, placeOf } from '../command-line/failure.ts';
import { typescriptHint } from './typescript-hint.ts';

/** Why a module did not load, in one line with its place. Not loaded before it is needed: every module costs a CGI program. */
export async function whyNotLoaded(file: string, error: unknown): Promise<string> {
  return typescriptHint(file, error) ?? describeThrown(error, await syntaxErrorPlace(file, error));
}

/** Node prints the place of an ES module's syntax error when it dies of it, and only then. */
async function syntaxErrorPlace(file: string, error: unknown): Promise<string | undefined> {
  if (!(error instanceof SyntaxError) || placeOf(error) !== undefined) return undefined;
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  return /^(?:file:\/\/)?(\/.+:\d+)$/m.exec(stderr)?.[1];
}
