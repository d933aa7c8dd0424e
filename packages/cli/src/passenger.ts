// What the start file calls that `tsgi init --passenger` writes.
export { start, type StartOptions } from './passenger/start.ts';
