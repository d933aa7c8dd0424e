import type { Socket, SocketConstructorOpts } from 'node:net';

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
