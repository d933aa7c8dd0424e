import { plainText } from './plain-text.ts';
import type { Run } from '../run/run-cases.ts';

/** What to read of a server that stopped answering, each a sentence. */
export function stoppedText({ stopped }: Run): string[] {
  if (stopped === undefined) return [];
  const { during, after, beside, problem, unasked } = stopped;
  const when =
    during !== undefined
      ? `with the case ${during}`
      : after === undefined
        ? 'before the first case'
        : `after the case ${after}`;
  const suspects =
    beside.length === 0 ? [] : [`These ran beside it, and it may have been one of them: ${beside.join(', ')}`];
  return [
    `The server stopped answering ${when}: ${plainText(problem)}`,
    ...suspects,
    `${unasked} cases were not asked any more`,
  ];
}
