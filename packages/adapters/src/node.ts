export { fromNode } from './node/from-node.ts';
export type { NodeListener } from './node/listener.ts';
export { toNode, type NodeEntry, type ToNodeOptions } from './node/to-node.ts';
