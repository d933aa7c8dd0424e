import type { Server } from 'node:http';
import type { App } from '@tsgi/core';
import { fromNode } from '../../src/node.ts';
import { type NodeListener, targetOf } from '../../src/node/listener.ts';
import { loopback } from '../../src/node/loopback.ts';

/** Both ways to a Node listener: what holds for one holds for the other. */
export const bridges: readonly (readonly [name: string, bridge: (target: NodeListener | Server) => App])[] = [
  ['messages of our own', fromNode],
  ['the loopback bridge', (target) => loopback(targetOf(target))],
];
