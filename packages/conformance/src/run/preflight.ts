import { TsgiError } from '@tsgi/core';
import { openPeer } from '../wires/open-peer.ts';
import type { Target } from '../wires/target.ts';

const PATIENCE = 5000;

/**
 * Asks whether a server is there, or a program can be run, and serves the kit's application, so that a run need not say it hundreds of times.
 *
 * @throws TsgiError `NOT_REACHABLE` or `NOT_THE_KIT`.
 */
export async function checkTarget(target: Target): Promise<void> {
  const tag = [
    ['X-Tsgi-Ask', 'report'],
    ['X-Tsgi-Nonce', 'preflight'],
  ] satisfies [string, string][];
  const peer = await openPeer(target, { tag }, PATIENCE).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TsgiError(`no server answers: ${reason}`, { code: 'NOT_REACHABLE', side: 'peer', cause: error });
  });
  try {
    peer.sendHead();
    peer.endBody();
    const answer = await peer.finish();
    if (answer.body.toString('latin1').startsWith('{"calls":')) return;
    const found = answer.status === '' ? 'no answer' : `an answer "${answer.status}"`;
    throw new TsgiError(`the server does not serve the kit's application: found ${found} to its question`, {
      code: 'NOT_THE_KIT',
      side: 'peer',
    });
  } finally {
    peer.channel.close();
  }
}
