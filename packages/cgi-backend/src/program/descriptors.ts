import { fstatSync } from 'node:fs';
import type { Socket, SocketConstructorOpts } from 'node:net';

/**
 * Whether reading or writing this descriptor may have to wait for somebody.
 *
 * @throws Error when it is closed.
 */
export function isPipeOrSocket(fd: number): boolean {
  // As big integers, which Node keeps apart from its other results: after a pipe or socket among those, its next `import`
  // follows no links, and an application would load a second copy of a module.
  const stat = fstatSync(fd, { bigint: true });
  return stat.isFIFO() || stat.isSocket();
}

/**
 * A pipe or socket that this process inherited, on the event loop. `node:net` is loaded here and not before: most
 * requests have no body and a short answer, and a CGI program's start is its cost.
 *
 * @throws Error for any other kind of descriptor.
 */
export function openDescriptor(fd: number, direction: SocketConstructorOpts): Socket {
  const { Socket } = process.getBuiltinModule('node:net');
  // Half-open: under mod_cgid descriptors 0 and 1 are one socket, and the end of the input does not end the output.
  return new Socket({ fd, allowHalfOpen: true, ...direction });
}
