import { callApp, testEnviron } from '@tsgi/core/testing';
import { validator } from '@tsgi/core/validator';
import type { App, Bytes, StartResponse } from '@tsgi/core';
import { describe, expect, it } from 'vitest';
import { fromJsgi, type JsgiRequest, type JsgiResponse, toJsgi } from '../src/jsgi.ts';
import { fromTriple, toTriple, type Triple } from '../src/triple.ts';

const hello: App = (environ, startResponse) => {
  startResponse('200 OK', [
    ['Content-Type', 'text/plain'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]);
  return [Buffer.from(`${environ.REQUEST_METHOD} ${environ.PATH_INFO}`)];
};

async function collect(body: AsyncIterable<Bytes>): Promise<string> {
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
}

describe('fromTriple', () => {
  const shapes: [what: string, triple: Triple, status: string, headers: string[], text: string][] = [
    [
      'an object of headers',
      [200, { 'Content-Type': 'text/plain', 'X-A': ['1', '2'] }, ['a', 'b']],
      '200 OK',
      ['X-A: 1', 'X-A: 2'],
      'ab',
    ],
    [
      "Rack's line breaks in a value",
      [200, { 'Content-Type': 'text/plain', 'X-A': '1\n2' }, ['a']],
      '200 OK',
      ['X-A: 1', 'X-A: 2'],
      'a',
    ],
    ['pairs', [404, [['Content-Type', 'text/plain']], 'gone'], '404 Not Found', [], 'gone'],
    [
      "PSGI's names and values in turn",
      ['201 Made', ['Content-Type', 'text/plain', 'X-A', '1'], Buffer.from('x')],
      '201 Made',
      ['X-A: 1'],
      'x',
    ],
    ['no body', [204, {}, null], '204 No Content', [], ''],
  ];
  it.each(shapes)('%s', async (_what, triple, status, headers, text) => {
    const answer = await callApp(validator(fromTriple(() => triple)));
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.headers.filter(([name]) => name === 'X-A').map((pair) => pair.join(': '))).toEqual(headers);
  });

  it('a promise, and a stream that is closed', async () => {
    let closed = 0;
    const body = {
      async *[Symbol.asyncIterator]() {
        yield 'ä';
        yield Buffer.from('b');
      },
      close: () => void closed++,
    };
    const answer = await callApp(validator(fromTriple(async () => [200, { 'Content-Type': 'text/plain' }, body])));
    expect([answer.text, closed]).toEqual(['äb', 1]);
  });

  it.each([[undefined], [[200, {}]], ['text'], [[200, ['X-A'], []]]])(
    '%j is no answer, and the log says so',
    async (given) => {
      const answer = await callApp(fromTriple(() => given as never));
      expect(answer.status).toBe('500 Internal Server Error');
      expect(answer.errors).toContain('the application answered');
    },
  );

  it('takes functions only', () => expect(() => fromTriple([] as never)).toThrow(TypeError));
});

describe('toTriple', () => {
  it('gives status, headers and body', async () => {
    const [status, headers, body] = await toTriple(validator(hello))(testEnviron({ target: '/x' }));
    expect([status, headers.length, await collect(body)]).toEqual([200, 3, 'GET /x']);
    await body.close();
  });

  it("waits for a head that comes with the first chunk, keeps what was written, and drops what is the connection's", async () => {
    const late = async function* app(_environ: unknown, startResponse: StartResponse) {
      await Promise.resolve();
      startResponse('202 Accepted', [
        ['X-A', 'b'],
        ['Connection', 'close'],
      ]);
      yield Buffer.from('late');
    } as unknown as App;
    const [status, headers, body] = await toTriple(late)(testEnviron());
    expect([status, headers, await collect(body)]).toEqual([202, [['X-A', 'b']], 'late']);
    const writes: App = (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      void write(Buffer.from('one '));
      return [Buffer.from('two')];
    };
    expect(await collect((await toTriple(writes)(testEnviron()))[2])).toBe('one two');
  });

  it('rejects where no head comes, and closes the body', async () => {
    let closed = false;
    const app: App = () => Object.assign([], { close: () => void (closed = true) });
    await expect(toTriple(app)(testEnviron())).rejects.toThrow(/R6: startResponse was not called/);
    expect(closed).toBe(true);
  });

  it('there and back', async () => {
    const answer = await callApp(validator(fromTriple(toTriple(hello))), { method: 'PUT', target: '/y' });
    expect(answer.text).toBe('PUT /y');
  });
});

describe('fromJsgi', () => {
  it('hands over a request of JSGI 0.3', async () => {
    let seen: JsgiRequest | undefined;
    const app = fromJsgi((request) => {
      seen = request;
      request.jsgi.errors.print('logged');
      return {
        status: 200,
        headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] },
        body: ['hä', Buffer.from('!')],
      };
    });
    const answer = await callApp(validator(app), {
      method: 'POST',
      target: '/%C3%A4?q=1',
      headers: [['X-A', 'b']],
      body: 'x',
    });
    expect(answer.text).toBe('hä!');
    expect(answer.errors).toBe('logged\n');
    expect(answer.headers.filter(([name]) => name === 'set-cookie').length).toBe(2);
    expect(seen).toMatchObject({
      version: [1, 1],
      method: 'POST',
      scriptName: '',
      pathInfo: '/ä',
      queryString: 'q=1',
      host: '127.0.0.1',
      port: 80,
      scheme: 'http',
      headers: { host: '127.0.0.1', 'x-a': 'b', 'content-length': '1' },
      jsgi: { version: [0, 3], cgi: false, async: true },
    });
  });

  it('a body that pushes, by and by, and is closed', async () => {
    const order: string[] = [];
    const body = {
      async forEach(write: (chunk: string) => unknown) {
        await write('one ');
        await Promise.resolve();
        await write('two');
      },
      close: () => order.push('closed'),
    };
    const answer = await callApp(
      validator(fromJsgi(async () => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body }))),
    );
    expect([answer.text, order]).toEqual(['one two', ['closed']]);
  });

  it.each([[undefined], [{ status: 200, headers: {} }], ['text']])('%j is no answer', async (given) => {
    expect((await callApp(fromJsgi(() => given as never))).errors).toContain('expected { status, headers, body }');
  });
});

describe('toJsgi', () => {
  it('there and back', async () => {
    const app: App = async (environ, startResponse) => {
      startResponse('200 OK', [
        ['Content-Type', 'text/plain'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ]);
      return [
        Buffer.from(
          [
            environ.REQUEST_METHOD,
            environ.REQUEST_URI,
            environ.PATH_INFO.length,
            environ.HTTP_X_A,
            Buffer.from(await environ['tsgi.input'].read()).toString(),
          ].join(' '),
        ),
      ];
    };
    const answer = await callApp(validator(fromJsgi(toJsgi(app) as never)), {
      method: 'POST',
      target: '/%C3%A4?q',
      headers: [['X-A', 'b']],
      body: 'body',
    });
    expect(answer.errors).toBe('');
    expect(answer.text).toBe('POST /%C3%A4?q 3 b body');
    expect(answer.headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value)).toEqual(['a=1', 'b=2']);
  });

  it('runs what is to run after the response', async () => {
    const order: string[] = [];
    const app: App = (environ, startResponse) => {
      environ['tsgi.after_response'].push(() => void order.push('after'));
      startResponse('200 OK', []);
      return [];
    };
    const request: JsgiRequest = {
      version: [1, 1],
      method: 'GET',
      scriptName: '',
      pathInfo: '/',
      queryString: '',
      host: 'x.test',
      port: 80,
      scheme: 'http',
      headers: { Proxy: 'evil' },
      input: testEnviron()['tsgi.input'],
      env: {},
      jsgi: {
        version: [0, 3],
        errors: { print() {}, write() {}, flush() {} },
        multithread: false,
        multiprocess: false,
        runOnce: false,
        cgi: false,
        async: true,
        ext: {},
      },
    };
    const response: JsgiResponse = await toJsgi(app)(request);
    await response.body.forEach(() => {});
    await response.body.close?.();
    expect(order).toEqual(['after']);
  });
});
