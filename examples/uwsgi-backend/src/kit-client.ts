import { metaVariables, parseCgiAnswer, Peer, SocketChannel, type WireClient } from '@tsgi/conformance';
import { encodeUwsgiPacket } from './packet-encoder.ts';

/** uwsgi as the conformance kit sends requests over it and reads the answers. */
export const uwsgiClient: WireClient = {
  name: 'uwsgi',
  title: 'uwsgi',
  kinds: [
    'connection-header',
    'meta-variables',
    'variables-on-the-wire',
    'socket',
    'any-bytes',
    'length-ends-body',
    'closing-ends-body',
  ],
  async open(target, request, patience) {
    const { method = 'GET' } = request;
    return new Peer('uwsgi', await SocketChannel.open(target, patience), {
      head: () => encodeUwsgiPacket(metaVariables(request, true).flat()),
      body: (bytes) => bytes,
      end: () => '',
      finishes: false,
      parse: ({ received, ending }) =>
        parseCgiAnswer(asCgi(received), { ended: ending !== 'open', orderly: ending === 'orderly' }, method),
    });
  },
};

/** An answer begins as one of HTTP does; what follows its first line is what CGI has. */
function asCgi(received: Buffer): Buffer {
  const line = /^HTTP\/1\.[01] /.exec(received.toString('latin1', 0, 9));
  return line === null ? received : Buffer.concat([Buffer.from('Status: '), received.subarray(line[0].length)]);
}
