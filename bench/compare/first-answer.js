// The first answer of a server, which all others are like.
import { connect } from 'node:net';

/** @returns {Promise<{ length: number | undefined }>} the bytes of an answer; undefined where chunks may be cut differently. */
export function firstAnswer(codec, target, send, keeps) {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    let size = 0;
    const socket = connect(target, () => send(socket));
    const ends = (answer) => {
      if (!/^(?:HTTP\/1\.1 200|[^]{0,8}Status: 200|[^]{0,8}Content-)/i.test(received.toString('latin1', 0, 40))) {
        // Some FastCGI servers leave out "Status: 200".
        if (!/^[^]{0,8}[\w-]+: /.test(received.toString('latin1', 0, 40))) {
          reject(new Error(`answered with ${JSON.stringify(received.toString('latin1', 0, 80))}`));
        }
      }
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(20_000, () => {
      reject(new Error(`no whole answer within 20 s: ${JSON.stringify(received.toString('latin1', 0, 80))}`));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('end', () => ends({ length: size }));
    socket.on('data', (chunk) => {
      size += chunk.length;
      // What an answer of a GiB says of itself stands in its beginning.
      if (received.length < 4_194_304) received = Buffer.concat([received, chunk]);
      const answer = codec.answer(received);
      if (!keeps || answer === undefined) return;
      if (answer.length === undefined) {
        if (answer.isEnded(chunk)) ends({ length: undefined });
      } else if (size >= answer.length) ends(answer);
    });
  });
}
