import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  applicationUri,
  FileWrapper,
  guessScheme,
  isHopByHop,
  requestUri,
  shiftPathInfo,
  type Environ,
  type FileLike,
} from '../src/index.ts';
import { testEnviron } from '../src/testing.ts';
import { bytes, converse, shown } from './scripted-writer.ts';

function environ(changes: Record<string, unknown> = {}): Environ {
  return testEnviron({ environ: changes });
}

describe('shiftPathInfo (testSimpleShifts, testNormalizedShifts)', () => {
  const table: [script: string, path: string, part: string | undefined, script: string, path: string][] = [
    ['', '/', '', '/', ''],
    ['', '/x', 'x', '/x', ''],
    ['/', '', undefined, '/', ''],
    ['/a', '/x/y', 'x', '/a/x', '/y'],
    ['/a', '/x/', 'x', '/a/x', '/'],
    ['/a/b', '/../y', '..', '/a', '/y'],
    ['', '/../y', '..', '', '/y'],
    ['/a/b', '//y', 'y', '/a/b/y', ''],
    ['/a/b', '//y/', 'y', '/a/b/y', '/'],
    ['/a/b', '/./y', 'y', '/a/b/y', ''],
    ['/a/b', '/./y/', 'y', '/a/b/y', '/'],
    ['/a/b', '///./..//y/.//', '..', '/a', '/y/'],
    ['/a/b', '///', '', '/a/b/', ''],
    ['/a/b', '/.//', '', '/a/b/', ''],
    ['/a/b', '/x//', 'x', '/a/b/x', '/'],
    ['/a/b', '/.', undefined, '/a/b', ''],
    // Ours: the middle of a path is made whole too, and bytes are bytes.
    ['', '/x//y', 'x', '/x', '/y'],
    ['', '/\xe9 ?/y', '\xe9 ?', '/\xe9 ?', '/y'],
    ['', '/__proto__/x', '__proto__', '/__proto__', '/x'],
  ];
  for (const [script, path, part, scriptAfter, pathAfter] of table) {
    it(`R90: ${JSON.stringify(script)} + ${JSON.stringify(path)}`, () => {
      const found = environ({ SCRIPT_NAME: script, PATH_INFO: path });
      expect(shiftPathInfo(found)).toBe(part);
      expect([found.SCRIPT_NAME, found.PATH_INFO]).toEqual([scriptAfter, pathAfter]);
    });
  }
});

describe('guessScheme (testGuessScheme)', () => {
  it('R39: HTTPS on, 1 or yes is https, in whatever case', () => {
    expect(guessScheme({})).toBe('http');
    for (const HTTPS of ['foo', 'off', '', 'on ', 1, true]) expect(guessScheme({ HTTPS })).toBe('http');
    for (const HTTPS of ['on', 'yes', '1', 'ON', 'Yes']) expect(guessScheme({ HTTPS })).toBe('https');
  });
});

describe('applicationUri and requestUri (testAppURIs, testReqURIs)', () => {
  const applications: [uri: string, changes: Record<string, unknown>][] = [
    ['http://127.0.0.1/', {}],
    ['http://127.0.0.1/spam', { SCRIPT_NAME: '/spam' }],
    ['http://127.0.0.1/sp%E4m', { SCRIPT_NAME: '/sp\xe4m' }],
    ['http://spam.example.com:2071/', { HTTP_HOST: 'spam.example.com:2071', SERVER_PORT: '2071' }],
    ['http://spam.example.com/', { HTTP_HOST: undefined, SERVER_NAME: 'spam.example.com' }],
    ['http://127.0.0.1/', { HTTP_HOST: '127.0.0.1', SERVER_NAME: 'spam.example.com' }],
    ['https://127.0.0.1/', { 'tsgi.url_scheme': 'https', SERVER_PORT: '443' }],
    ['http://127.0.0.1:8000/', { SERVER_PORT: '8000', HTTP_HOST: undefined }],
    // Ours.
    ['https://127.0.0.1:80/', { 'tsgi.url_scheme': 'https', SERVER_PORT: '80', HTTP_HOST: undefined }],
    ['http://[::1]:8000/', { SERVER_NAME: '[::1]', SERVER_PORT: '8000', HTTP_HOST: '' }],
  ];
  for (const [uri, changes] of applications) {
    it(`R89: applicationUri ${uri} of ${JSON.stringify(changes)}`, () => {
      expect(applicationUri(environ({ PATH_INFO: '', ...changes }))).toBe(uri);
    });
  }

  const requests: [uri: string, changes: Record<string, unknown>, includeQuery?: boolean][] = [
    ['http://127.0.0.1/', {}],
    ['http://127.0.0.1/spam', { SCRIPT_NAME: '/spam', PATH_INFO: '' }],
    ['http://127.0.0.1/sp%E4m', { SCRIPT_NAME: '/sp\xe4m', PATH_INFO: '' }],
    ['http://127.0.0.1/spammity/spam', { SCRIPT_NAME: '/spammity', PATH_INFO: '/spam' }],
    ['http://127.0.0.1/spammity/sp%E4m', { SCRIPT_NAME: '/spammity', PATH_INFO: '/sp\xe4m' }],
    ['http://127.0.0.1/spammity/spam;ham', { SCRIPT_NAME: '/spammity', PATH_INFO: '/spam;ham' }],
    [
      'http://127.0.0.1/spammity/spam;cookie=1234,5678',
      { SCRIPT_NAME: '/spammity', PATH_INFO: '/spam;cookie=1234,5678' },
    ],
    ['http://127.0.0.1/spammity/spam?say=ni', { SCRIPT_NAME: '/spammity', PATH_INFO: '/spam', QUERY_STRING: 'say=ni' }],
    [
      'http://127.0.0.1/spammity/spam?s%E4y=ni',
      { SCRIPT_NAME: '/spammity', PATH_INFO: '/spam', QUERY_STRING: 's%E4y=ni' },
    ],
    ['http://127.0.0.1/spammity/spam', { SCRIPT_NAME: '/spammity', PATH_INFO: '/spam', QUERY_STRING: 'say=ni' }, false],
    // Ours: what was decoded is encoded again, bytes of it as they are.
    ['http://127.0.0.1/a%20b/%C3%A9%3F%23%25%00', { PATH_INFO: '/a b/\xc3\xa9?#%\0' }],
    ['http://127.0.0.1/~-._A9', { PATH_INFO: '/~-._A9' }],
    ['http://127.0.0.1//double', { PATH_INFO: '//double' }],
  ];
  for (const [uri, changes, includeQuery] of requests) {
    it(`R89: requestUri ${uri}`, () => {
      expect(requestUri(environ(changes), includeQuery)).toBe(uri);
    });
  }
});

describe('isHopByHop (testHopByHop)', () => {
  it('R61: names, in whatever case', () => {
    for (const name of 'Connection Keep-Alive Proxy-Authenticate Proxy-Authorization TE Trailers Transfer-Encoding Upgrade'.split(
      ' ',
    )) {
      for (const spelling of [name, name.toUpperCase(), name.toLowerCase()]) expect(isHopByHop(spelling)).toBe(true);
    }
    for (const name of 'Accept Cache-Control Date Pragma Trailer Via Warning constructor __proto__'.split(' ')) {
      for (const spelling of [name, name.toUpperCase(), name.toLowerCase()]) expect(isHopByHop(spelling)).toBe(false);
    }
  });
});

describe('FileWrapper (testFileWrapper)', () => {
  class TextFile {
    readonly #text: string;
    #position = 0;
    closed = 0;
    reads = 0;

    constructor(text: string) {
      this.#text = text;
    }

    read(size: number): string {
      this.reads++;
      const block = this.#text.slice(this.#position, this.#position + size);
      this.#position += size;
      return block;
    }

    close(): void {
      this.closed++;
    }
  }

  async function blocks(wrapper: FileWrapper): Promise<string[]> {
    const found: string[] = [];
    for await (const block of wrapper) found.push(shown(block));
    return found;
  }

  it('R88: blocks of the size asked for; closed by close() alone', async () => {
    const file = new TextFile('xyz'.repeat(50));
    const wrapper = new FileWrapper(file, 120);
    expect(await blocks(wrapper)).toEqual(['xyz'.repeat(40), 'xyz'.repeat(10)]);
    expect(file.closed).toBe(0);
    await wrapper.close();
    expect(file.closed).toBe(1);
  });

  it('R88: no I/O before the first block is asked for', () => {
    const file = new TextFile('xyz');
    const iterator = new FileWrapper(file)[Symbol.asyncIterator]();
    expect(file.reads).toBe(0);
    expect(typeof iterator.next).toBe('function');
  });

  it('R88: from the current position to the end', async () => {
    const file = new TextFile('abcdef');
    file.read(2);
    expect(await blocks(new FileWrapper(file, 3))).toEqual(['cde', 'f']);
  });

  it('R88: what read gives at the end may be nothing, null, undefined, or a promise of it', async () => {
    for (const end of [new Uint8Array(0), null, undefined, Promise.resolve(null), Promise.resolve(new Uint8Array(0))]) {
      const chunks = [bytes('a'), Promise.resolve(bytes('b')), end];
      expect(await blocks(new FileWrapper({ read: () => chunks.shift() }))).toEqual(['a', 'b']);
    }
  });

  it('R88: refuses what is no file, and block sizes that are none', () => {
    for (const file of [null, undefined, 'text', {}, 1])
      expect(() => new FileWrapper(file as unknown as FileLike)).toThrow(TypeError);
    for (const size of [0, -1, 1.5, Number.NaN])
      expect(() => new FileWrapper(new TextFile(''), size)).toThrow(RangeError);
  });

  async function fileOf(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tsgi-file-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'file');
    await writeFile(path, text);
    return path;
  }

  it('R88: a FileHandle, a ReadStream and a Readable are files', async () => {
    const text = 'abc'.repeat(50_000);
    const path = await fileOf(text);
    const files = [() => open(path), () => createReadStream(path), () => Readable.from([Buffer.from(text)])];
    for (const make of files) {
      const file = await make();
      const { writer, errors } = await converse((request, startResponse) => {
        startResponse('200 OK', []);
        const wrap = request['tsgi.file_wrapper'];
        if (wrap === undefined) throw new Error('no tsgi.file_wrapper');
        return wrap(file);
      });
      expect(errors).toBe('');
      expect(writer.body).toBe(text);
      expect(writer.calls.at(-2)).toBe('end');
    }
  });

  it('R88: a FileHandle is read from its position and closed', async () => {
    const handle = await open(await fileOf('abcdef'));
    await handle.read(new Uint8Array(2), 0, 2);
    const { writer } = await converse((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '4']]);
      return new FileWrapper(handle, 3);
    });
    expect(writer.body).toBe('cdef');
    expect(handle.fd).toBe(-1);
  });

  it('R88: blocks grow once a file has filled one, but for a size that was asked for', async () => {
    const path = await fileOf('abc'.repeat(200_000));
    const sizes = async (blockSize?: number): Promise<number[]> => {
      const handle = await open(path);
      const { writer } = await converse((_environ, startResponse) => {
        startResponse('200 OK', []);
        return new FileWrapper(handle, blockSize);
      });
      const iterated: number[] = [];
      const again = new FileWrapper(await open(path), blockSize);
      for await (const block of again) iterated.push(block.byteLength);
      await again.close();
      expect(writer.chunks.map((chunk) => chunk.byteLength)).toEqual(iterated);
      return iterated;
    };
    expect(await sizes()).toEqual([65_536, 262_144, 262_144, 10_176]);
    expect(await sizes(65_536)).toEqual([...Array.from({ length: 9 }, () => 65_536), 10_176]);
    expect(await sizes(500_000)).toEqual([500_000, 100_000]);
  });

  it('R88: a ReadStream of a HEAD is closed', async () => {
    const stream = createReadStream(await fileOf('abc'));
    await converse(
      (_environ, startResponse) => {
        startResponse('200 OK', []);
        return new FileWrapper(stream);
      },
      { method: 'HEAD' },
    );
    expect(stream.destroyed).toBe(true);
  });

  it('R88: a Readable without close() that nobody has read from is destroyed', async () => {
    const stream = Readable.from(['abc']);
    await converse(
      (_environ, startResponse) => {
        startResponse('304 Not Modified', []);
        return new FileWrapper(stream);
      },
      { method: 'HEAD' },
    );
    expect(stream.destroyed).toBe(true);
    const unread = Readable.from(['abc']);
    await new FileWrapper(unread).close();
    expect(unread.destroyed).toBe(true);
  });

  it('R88: a file that cannot be read is a failure like any other', async () => {
    const stream = createReadStream('/nonexistent/file');
    const { writer, errors } = await converse((_environ, startResponse) => {
      startResponse('200 OK', []);
      return new FileWrapper(stream);
    });
    expect(writer.head?.code).toBe(500);
    expect(errors).toContain('ENOENT');
  });
});
