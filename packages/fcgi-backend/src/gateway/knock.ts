import type { Address } from '@tsgi/transport';
import { askValues, type Heard } from './ask-values.ts';

/**
 * Finds out whether a program accepts connections, as one does that is neither starting nor busy: asks for a value that every
 * FastCGI application has, whatever it serves, and waits for as long as it takes.
 *
 * @param timeout milliseconds, for the connection alone.
 */
export async function knock(address: Address, timeout: number): Promise<Heard> {
  const { heard } = await askValues(address, ['FCGI_MPXS_CONNS'], timeout, Infinity);
  return heard;
}
