import { describe, expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { deferred, hello, HELLO, start } from './peer.ts';
import { request } from './records.ts';

const failing: App = () => {
  throw new Error('no luck');
};

/** Fails when its first chunk has been seen. */
function failingLate(): { app: App; seen: () => void } {
  const gate = deferred();
  const app: App = (environ, startResponse) => {
    if (environ.PATH_INFO !== '/fail') return hello(environ, startResponse);
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return (async function* () {
      yield Buffer.from('half');
      await gate.promise;
      throw new Error('no luck');
    })();
  };
  return { app, seen: gate.resolve };
}

test('R77: before the head: 500 in a whole reply, and the connection serves on', async () => {
  const { connect, log } = await start(failing);
  const peer = await connect();
  peer.send(request());
  const events = await peer.end();
  expect(peer.stdout()).toMatch(/^Status: 500 Internal Server Error\r\n/);
  expect(peer.stdout()).not.toContain('no luck');
  expect(events.at(-1)).toEqual(['end', 1, 0, 0]);
  expect(log.join('')).toContain('no luck');
});

describe('R77: after the head the connection breaks off without END_REQUEST', () => {
  test('by a reset over TCP', async () => {
    const { app, seen } = failingLate();
    const { connect } = await start(app, { port: 0 });
    const peer = await connect();
    peer.send(request({ params: { PATH_INFO: '/fail' } }));
    await peer.until(() => peer.stdout().endsWith('half'));
    seen();
    await peer.ended;
    expect(peer.error).toBe('ECONNRESET');
    expect(peer.events().filter((event) => event[0] !== 'stdout')).toEqual([]);
    const next = await connect();
    next.send(request());
    await next.end();
    expect(next.stdout()).toBe(HELLO);
  });

  test('by closing a UNIX socket', async () => {
    const { app, seen } = failingLate();
    const peer = await (await start(app)).connect();
    peer.send(request({ params: { PATH_INFO: '/fail' } }));
    await peer.until(() => peer.stdout().endsWith('half'));
    seen();
    await peer.ended;
    expect(peer.events().filter((event) => event[0] !== 'stdout')).toEqual([]);
  });

  test('R81: also when the body is shorter than its Content-Length', async () => {
    const { connect, log } = await start((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '10']]);
      return [Buffer.from('123')];
    });
    const peer = await connect();
    peer.send(request());
    await peer.ended;
    expect(peer.events().filter((event) => event[0] !== 'stdout')).toEqual([]);
    expect(log.join('')).toContain('R81');
  });
});

test('R77: beside another request, END_REQUEST says so, and no end of STDOUT takes it back', async () => {
  const { app, seen } = failingLate();
  const gate = deferred();
  const beside: App = (environ, startResponse) => {
    if (environ.PATH_INFO === '/fail') return app(environ, startResponse);
    return gate.promise.then(() => hello(environ, startResponse));
  };
  const peer = await (await start(beside)).connect();
  peer.send(
    Buffer.concat([request({ id: 1, keep: true, params: { PATH_INFO: '/fail' } }), request({ id: 2, keep: true })]),
  );
  await peer.until(() => peer.stdout(1).endsWith('half'));
  seen();
  await peer.end(1);
  gate.resolve();
  await peer.end(2);
  const one = peer.events().filter(([, id]) => id === 1);
  expect(one.filter(([what]) => what !== 'stdout')).toEqual([['end', 1, 1, 0]]);
  const other = peer.events().filter(([, id]) => id === 2);
  expect(other).toEqual([
    ['stdout', 2, HELLO],
    ['stdoutEnd', 2],
    ['end', 2, 0, 0],
  ]);
});

describe('tsgi.errors', () => {
  const complaining: App = (environ, startResponse) => {
    environ['tsgi.errors'].write('warning: \x1b[31mred\x07\r\ntab\there\x9b\n');
    environ['tsgi.errors'].writelines(['more ', 'and é\n']);
    return hello(environ, startResponse);
  };

  test('goes to FCGI_STDERR of the request, which is then ended, without control characters', async () => {
    const peer = await (await start(complaining, { stderr: true })).connect();
    peer.send(request({ id: 3 }));
    const events = await peer.end(3);
    const text = 'warning: ?[31mred?\ntab\there?\nmore and é\n';
    expect(events).toEqual([
      ['stderr', 3, Buffer.from(text).toString('latin1')],
      ['stdout', 3, HELLO],
      ['stdoutEnd', 3],
      ['stderrEnd', 3],
      ['end', 3, 0, 0],
    ]);
  });

  test('R96: a request that did not use it sends none', async () => {
    const peer = await (await start(hello, { stderr: true })).connect();
    peer.send(request());
    expect((await peer.end()).filter((event) => String(event[0]).startsWith('stderr'))).toEqual([]);
  });

  test("the run loop's own report of a failure goes there too, before the reply", async () => {
    const peer = await (await start(failing, { stderr: true })).connect();
    peer.send(request());
    const [first] = await peer.end();
    expect(first?.[0]).toBe('stderr');
    expect(first?.[2]).toMatch(/^GET \/: Error: no luck\n/);
  });

  test('more than a record takes', async () => {
    const peer = await (
      await start(
        (environ, startResponse) => {
          environ['tsgi.errors'].write('x'.repeat(150_000));
          return hello(environ, startResponse);
        },
        { stderr: true },
      )
    ).connect();
    peer.send(request());
    await peer.end();
    expect(peer.events()[0]).toEqual(['stderr', 1, 'x'.repeat(150_000)]);
  });

  test('goes to the sink when one is given', async () => {
    const { connect, log } = await start(complaining);
    const peer = await connect();
    peer.send(request());
    expect((await peer.end()).some((event) => event[0] === 'stderr')).toBe(false);
    expect(log.join('')).toContain('more and é\n');
  });

  test('what a refused request holds cannot drive the terminal that shows the log', async () => {
    const { connect, log } = await start(complaining);
    const peer = await connect();
    peer.send(request({ params: { SERVER_PROTOCOL: '\x1b[2J\x9b2J\n' } }));
    await peer.until((events) => events.some((event) => event[0] === 'end'));
    expect(log.join('')).toMatch(/^fcgi: request refused: [ -~]+\n$/);
  });

  test('R55: what is not text is refused', async () => {
    let error: unknown;
    const peer = await (
      await start(
        (environ, startResponse) => {
          try {
            environ['tsgi.errors'].write(Buffer.from('bytes') as unknown as string);
          } catch (reason) {
            error = reason;
          }
          return hello(environ, startResponse);
        },
        { stderr: true },
      )
    ).connect();
    peer.send(request());
    await peer.end();
    expect(error).toBeInstanceOf(TypeError);
  });
});

test('a STDERR stream that was begun is ended where the connection breaks off: HAProxy 2.6 dies without that', async () => {
  const { connect } = await start(
    (environ, startResponse) => {
      environ['tsgi.errors'].write('a line\n');
      startResponse('200 OK', []);
      return (function* () {
        yield Buffer.from('some');
        throw new Error('too bad');
      })();
    },
    { stderr: true },
  );
  const peer = await connect();
  peer.send(request());
  await peer.ended;
  expect(peer.events().map((event) => event[0])).toContain('stderrEnd');
  expect(peer.events().map((event) => event[0])).not.toContain('end');
});
