// Not in the main entry: what a gateway needs, a server does not load.
export { type TargetAddresses, targetsAt } from './connect/targets.ts';
