import { describe, expect, it } from 'vitest';
import { TsgiAbortError, TsgiError, type App } from '../src/index.ts';
import { RequestBody } from '../src/server.ts';
import { bytes, Conversation, converse, settle } from './scripted-writer.ts';

const FAILED = ['head 500 Internal Server Error +500 Internal Server Error\n end', 'finished'];

function throwing(error: unknown): App {
  return () => {
    throw error;
  };
}

describe('failure', () => {
  it.each([
    ['res.writeHead is not a function', true],
    ['response.end is not a function', true],
    ['req.on is not a function', true],
    ['database.end is not a function', false],
    ['res.body.end is not a function', false],
  ])('of an application for Node has a hint: %s', async (message, isHinted) => {
    const { errors } = await converse(throwing(new TypeError(message)));
    expect(errors.includes(`TypeError: ${message} (is it an application for Node, (req, res)?`)).toBe(isHinted);
    expect(errors.includes('--interface node')).toBe(isHinted);
  });

  it('counts one byte as one', async () => {
    const app: App = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '2']]);
      return [bytes('a')];
    };
    expect((await converse(app)).errors).toContain('the body ended after 1 byte: Content-Length is 2');
  });

  it('R77: before the head it is a 500, whole, with a length and a type', async () => {
    const apps: App[] = [
      throwing(new Error('secret')),
      async () => Promise.reject(new Error('secret')),
      (_environ, startResponse) => {
        startResponse('200 OK', [['Set-Cookie', 'a=1']]);
        throw new Error('secret');
      },
      (_environ, startResponse) => {
        startResponse('200 OK', [['Set-Cookie', 'a=1']]);
        return (function* (): Generator<Uint8Array> {
          yield bytes('');
          throw new Error('secret');
        })();
      },
    ];
    for (const app of apps) {
      const conversation = await converse(app);
      expect(conversation.writer.calls).toEqual(FAILED);
      expect(conversation.writer.head?.headers).toEqual([
        ['Content-Type', 'text/plain; charset=utf-8'],
        ['Content-Length', '26'],
      ]);
      expect(conversation.errors).toContain('secret');
    }
  });

  it('R77: after the head nothing is appended: the response is cut off', async () => {
    const apps: App[] = [
      (_environ, startResponse) => {
        void startResponse('200 OK', [])(bytes('some'));
        throw new Error('late');
      },
      async (_environ, startResponse) => {
        await startResponse('200 OK', [])(bytes('some'));
        throw new Error('late');
      },
      (_environ, startResponse) => {
        startResponse('200 OK', []);
        return (async function* (): AsyncGenerator<Uint8Array> {
          yield bytes('some');
          throw new Error('late');
        })();
      },
    ];
    for (const app of apps) {
      const conversation = await converse(app);
      expect(conversation.writer.calls).toEqual(['head 200 OK +some', 'abort', 'finished']);
      expect(conversation.errors).toContain('late');
    }
  });

  it('R77: after the head it is cut off while the wire is full, too', async () => {
    const conversation = new Conversation(async (_environ, startResponse) => {
      void startResponse('200 OK', [])(bytes('some'));
      throw new Error('late');
    });
    conversation.writer.accepts = () => false;
    await conversation.run().finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK +some', 'drain', 'abort', 'finished']);
    conversation.writer.drain();
    expect(conversation.writer.breaches).toEqual([]);
  });

  it('R78: nothing of the error goes to the peer', async () => {
    const conversation = await converse(throwing(new Error('the password is 1234')));
    expect(conversation.writer.body).not.toContain('1234');
    expect(JSON.stringify(conversation.writer.head)).not.toContain('1234');
    expect(conversation.errors).toContain('GET /: Error: the password is 1234');
    expect(conversation.errors).toContain('failure.test');
  });

  it('R77: whatever was thrown is logged', async () => {
    const unprintable = {
      toString(): string {
        throw new Error('no');
      },
    };
    for (const [thrown, logged] of [
      ['text', 'text'],
      [undefined, 'undefined'],
      [null, 'null'],
      [Symbol('sign'), 'Symbol(sign)'],
      [unprintable, 'an error that cannot be shown'],
      [Object.create(null), 'an error that cannot be shown'],
    ] as const) {
      const conversation = await converse(throwing(thrown));
      expect(conversation.writer.calls).toEqual(FAILED);
      expect(conversation.errors).toBe(`GET /: ${logged}\n`);
    }
  });

  it('R77: a log that fails does not fail the response', async () => {
    const conversation = await converse(throwing(new Error('no')), {
      environ: {
        'tsgi.errors': {
          write() {
            throw new Error('the disk is full');
          },
        },
      },
    });
    expect(conversation.writer.calls).toEqual(FAILED);
  });

  it('R77: a target cannot forge a line of the log', async () => {
    const conversation = await converse(throwing(new Error('no')), {
      environ: { REQUEST_URI: '/\r\nGET /forged: no' },
    });
    expect(conversation.errors.split('\n').filter((line) => line.startsWith('GET '))).toHaveLength(1);
  });

  it.each([
    ['a target', new Error('no'), { REQUEST_URI: '/\x1b[2J\x9b2J\x7f' }],
    [
      'what a peer said',
      new TsgiError('found "\x1b[2J\r\n\x9b2J"', { code: 'BAD_CGI_RESPONSE', side: 'peer', statusHint: 502 }),
      {},
    ],
  ])('R77: %s cannot drive the terminal that shows the log', async (_what, error, environ) => {
    const { errors } = await converse(throwing(error), { environ });
    expect(errors).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it('R77: an environ that the application emptied does not keep it from being logged', async () => {
    const conversation = await converse((environ) => {
      for (const key of Object.keys(environ)) Reflect.deleteProperty(environ, key);
      throw new Error('still logged');
    });
    expect(conversation.writer.calls).toEqual(FAILED);
    expect(conversation.errors).toContain('still logged');
  });

  it('R48: an error of the peer answers with its own status, and is logged without a stack', async () => {
    const table: [TsgiError, string][] = [
      [new TsgiError('too much', { code: 'BODY_TOO_LARGE', side: 'peer', statusHint: 413 }), '413 Content Too Large'],
      [new TsgiError('odd', { code: 'BAD', side: 'peer' }), '400 Bad Request'],
      [new TsgiError('no', { code: 'BAD_CGI_RESPONSE', side: 'peer', statusHint: 502 }), '502 Bad Gateway'],
      [new TsgiError('slow', { code: 'TIMEOUT', side: 'peer', statusHint: 504 }), '504 Gateway Timeout'],
      [new TsgiAbortError('cut short'), '400 Bad Request'],
      [new TsgiError('ours', { code: 'OURS', side: 'app', statusHint: 413 }), '500 Internal Server Error'],
    ];
    for (const [error, status] of table) {
      const { writer, errors } = await converse(throwing(error));
      expect(writer.calls).toEqual([`head ${status} +${status}\n end`, 'finished']);
      if (error.side === 'peer') expect(errors).toBe(`GET /: ${error.message}\n`);
      else expect(errors).toContain('failure.test');
    }
  });

  it('R77: a hint that is no status of an error is a 500', async () => {
    for (const statusHint of [0, 100, 101, 200, 204, 304, 399, 600, 413.5, Number.NaN, -1]) {
      const { writer } = await converse(throwing(new TsgiError('odd', { code: 'ODD', side: 'peer', statusHint })));
      expect(writer.calls).toEqual(FAILED);
    }
  });

  it('R48: a truncated request body that the application reads is the peer’s fault', async () => {
    const body = new RequestBody({ expected: 10 });
    body.push(bytes('abc'));
    body.end();
    const { writer, errors } = await converse(
      async (environ, startResponse) => {
        const text = await environ['tsgi.input'].read();
        startResponse('200 OK', []);
        return [text];
      },
      { environ: { 'tsgi.input': body.input } },
    );
    expect(writer.head?.status).toBe('400 Bad Request');
    expect(errors).toContain('R48: the request body ended after 3 of 10 bytes');
  });

  it('R77: no application brings the process down', async () => {
    const rejections: unknown[] = [];
    const note = (error: unknown): void => {
      rejections.push(error);
    };
    process.on('unhandledRejection', note);
    try {
      for (const app of [
        throwing(new Error('a')),
        async () => Promise.reject(new Error('b')),
        (() => ({
          then: (_resolve: unknown, reject: (error: unknown) => void) => reject(new Error('c')),
        })) as unknown as App,
        (() => ({
          then: () => {
            throw new Error('d');
          },
        })) as unknown as App,
      ]) {
        expect((await converse(app)).writer.calls).toEqual(FAILED);
      }
      await settle();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(rejections).toEqual([]);
  });
});
