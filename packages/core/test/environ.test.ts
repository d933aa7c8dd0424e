import { describe, expect, it } from 'vitest';
import { copyEnviron, type Environ } from '../src/index.ts';
import { blankEnviron, createErrorStream, Exchange, type ServerTraits } from '../src/server.ts';
import { testEnviron } from '../src/testing.ts';
import { bytes, Conversation, converse, ScriptedWriter } from './scripted-writer.ts';

const traits: ServerTraits = {
  multithread: false,
  multiprocess: true,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'test/1.0',
  errors: createErrorStream(() => {}),
};

const FROM_OBJECT = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'isPrototypeOf',
  '__defineGetter__',
];

describe('environ', () => {
  it('R20: nothing is inherited from Object.prototype', () => {
    for (const environ of [
      blankEnviron(traits),
      blankEnviron({ ...traits, earlyHints: true }),
      copyEnviron(testEnviron()),
    ]) {
      for (const name of FROM_OBJECT) {
        expect(environ[name]).toBeUndefined();
        expect(name in environ).toBe(false);
      }
    }
  });

  it('R20: any name is a key like any other', () => {
    const environ = blankEnviron(traits);
    for (const name of FROM_OBJECT) {
      environ[name] = `value of ${name}`;
      expect(Object.hasOwn(environ, name)).toBe(true);
    }
    const copy = copyEnviron(environ);
    for (const name of FROM_OBJECT) expect(copy[name]).toBe(`value of ${name}`);
    expect(Object.keys(copy)).toEqual(Object.keys(environ));
  });

  it('R20: is mutable and extensible', () => {
    const environ = testEnviron();
    environ['my.key'] = 1;
    environ.PATH_INFO = '/else';
    delete environ.REMOTE_ADDR;
    expect(environ).toMatchObject({ 'my.key': 1, PATH_INFO: '/else' });
    expect('REMOTE_ADDR' in environ).toBe(false);
    expect(Object.isExtensible(environ)).toBe(true);
  });

  it('R21: has every required key', () => {
    const environ = testEnviron();
    for (const key of [
      'REQUEST_METHOD',
      'SCRIPT_NAME',
      'PATH_INFO',
      'QUERY_STRING',
      'REQUEST_URI',
      'SERVER_NAME',
      'SERVER_PORT',
      'SERVER_PROTOCOL',
    ]) {
      expect(typeof environ[key]).toBe('string');
    }
    expect(environ['tsgi.version']).toEqual([1, 0]);
    expect(environ['tsgi.input_terminated']).toBe(true);
    for (const key of ['tsgi.multithread', 'tsgi.multiprocess', 'tsgi.run_once', 'tsgi.concurrent']) {
      expect(typeof environ[key]).toBe('boolean');
    }
    expect(environ['tsgi.signal']).toBeInstanceOf(AbortSignal);
    expect(environ['tsgi.after_response']).toEqual([]);
    expect(typeof environ['tsgi.file_wrapper']).toBe('function');
    expect(typeof environ['tsgi.early_hints']).toBe('function');
  });

  it('R22: keys without a dot are strings', () => {
    const environ = testEnviron({ headers: [['X-A', '1']], body: 'abc' });
    for (const key of Object.keys(environ))
      if (!key.includes('.')) expect([key, typeof environ[key]]).toEqual([key, 'string']);
  });

  it('R40: the version is frozen', () => {
    expect(Object.isFrozen(blankEnviron(traits)['tsgi.version'])).toBe(true);
  });

  it('R41: says what the server said', () => {
    expect(blankEnviron(traits)).toMatchObject({
      'tsgi.multithread': false,
      'tsgi.multiprocess': true,
      'tsgi.run_once': false,
      'tsgi.concurrent': true,
      SERVER_SOFTWARE: 'test/1.0',
      GATEWAY_INTERFACE: 'CGI/1.1',
    });
  });

  it('R67: a wire that cannot carry a 103 has no tsgi.early_hints', () => {
    expect('tsgi.early_hints' in blankEnviron(traits)).toBe(false);
    expect('tsgi.early_hints' in copyEnviron(blankEnviron(traits))).toBe(false);
    expect('tsgi.early_hints' in blankEnviron({ ...traits, earlyHints: true })).toBe(true);
  });

  it('R18: costly values are the same each time, and are made when asked for', async () => {
    await converse((environ, startResponse) => {
      expect(environ['tsgi.signal']).toBe(environ['tsgi.signal']);
      expect(environ['tsgi.after_response']).toBe(environ['tsgi.after_response']);
      startResponse('200 OK', []);
      return [];
    });
  });

  it('an environ that no server runs has a signal and hooks all the same', () => {
    const environ = blankEnviron(traits);
    expect(environ['tsgi.signal'].aborted).toBe(false);
    environ['tsgi.after_response'].push(() => {});
    expect(environ['tsgi.after_response']).toHaveLength(1);
    expect(copyEnviron(environ)['tsgi.after_response']).toBe(environ['tsgi.after_response']);
  });

  it('an object that was derived from it has its signal, hooks and early hints', async () => {
    const seen: string[] = [];
    const conversation = new Conversation(async (environ, startResponse) => {
      const derived = Object.create(Object.create(environ) as Environ, {
        PATH_INFO: { value: '/inner', writable: true, enumerable: true, configurable: true },
      }) as Environ;
      expect(derived).toMatchObject({ PATH_INFO: '/inner', REQUEST_METHOD: 'GET' });
      expect(derived['tsgi.signal']).toBe(environ['tsgi.signal']);
      expect(derived['tsgi.after_response']).toBe(environ['tsgi.after_response']);
      derived['tsgi.after_response'].push(() => void seen.push('hook'));
      derived['tsgi.early_hints']?.([['Link', '</a>']]);
      expect(copyEnviron(derived, { 'my.key': 1 })['tsgi.signal']).toBe(environ['tsgi.signal']);
      const { signal } = new AbortController();
      Object.assign(derived, { 'tsgi.signal': signal });
      expect([derived['tsgi.signal'], environ['tsgi.signal'] === signal]).toEqual([signal, false]);
      conversation.abort();
      startResponse('200 OK', []);
      return [];
    });
    await conversation.run().finished();
    expect(conversation.writer.hints).toEqual([[['Link', '</a>']]]);
    expect(seen).toEqual(['hook']);
  });

  it('what only has its prototype has no signal that could never fire', () => {
    const impostor = Object.create(Object.getPrototypeOf(testEnviron()) as object) as Environ;
    expect(() => impostor['tsgi.signal']).toThrow(/copyEnviron/);
  });

  it('an application may put values of its own in their place', () => {
    const environ = testEnviron();
    const { signal } = new AbortController();
    Object.assign(environ, { 'tsgi.signal': signal, 'tsgi.early_hints': undefined, 'tsgi.after_response': [] });
    expect(environ['tsgi.signal']).toBe(signal);
    expect(environ['tsgi.early_hints']).toBeUndefined();
    expect(copyEnviron(environ)['tsgi.signal']).toBe(signal);
  });
});

describe('copyEnviron', () => {
  it('has all keys, and the changes; the original has none of them', () => {
    const environ = testEnviron({ target: '/a?b', headers: [['X-A', '1']], environ: { 'my.key': 1 } });
    const copy = copyEnviron(environ, { PATH_INFO: '/c', 'my.other': 2 });
    expect(copy).toMatchObject({ PATH_INFO: '/c', QUERY_STRING: 'b', HTTP_X_A: '1', 'my.key': 1, 'my.other': 2 });
    copy.HTTP_X_A = '2';
    expect(environ).toMatchObject({ PATH_INFO: '/a', HTTP_X_A: '1' });
    expect('my.other' in environ).toBe(false);
    expect(copy['tsgi.input']).toBe(environ['tsgi.input']);
    expect(copy['tsgi.errors']).toBe(environ['tsgi.errors']);
  });

  it('shares signal, hooks and early hints of the request', async () => {
    const seen: string[] = [];
    const conversation = new Conversation(async (environ, startResponse) => {
      const copy = copyEnviron(copyEnviron(environ), { PATH_INFO: '/inner' });
      expect(copy['tsgi.signal']).toBe(environ['tsgi.signal']);
      copy['tsgi.after_response'].push(() => void seen.push('hook'));
      copy['tsgi.early_hints']?.([['Link', '</a>']]);
      conversation.abort();
      expect(copy['tsgi.signal'].aborted).toBe(true);
      startResponse('200 OK', []);
      return [];
    });
    await conversation.run().finished();
    expect(conversation.writer.hints).toEqual([[['Link', '</a>']]]);
    expect(seen).toEqual(['hook']);
  });

  it('a change that is undefined removes the key', () => {
    const copy = copyEnviron(testEnviron({ headers: [['X-A', '1']] }), {
      HTTP_X_A: undefined,
      'tsgi.file_wrapper': undefined,
    });
    expect('HTTP_X_A' in copy).toBe(false);
    expect('tsgi.file_wrapper' in copy).toBe(false);
  });

  it('a change that is undefined hides an accessor', () => {
    const copy = copyEnviron(testEnviron(), { 'tsgi.early_hints': undefined });
    expect(copy['tsgi.early_hints']).toBeUndefined();
    expect(copyEnviron(copy)['tsgi.early_hints']).toBeUndefined();
  });

  it('a key that was deleted does not come back', () => {
    const environ = testEnviron();
    delete environ['tsgi.file_wrapper'];
    Reflect.deleteProperty(environ, 'GATEWAY_INTERFACE');
    const copy = copyEnviron(environ);
    expect('tsgi.file_wrapper' in copy).toBe(false);
    expect('GATEWAY_INTERFACE' in copy).toBe(false);
    expect(Object.keys(copy).toSorted()).toEqual(Object.keys(environ).toSorted());
  });

  it('keeps what a gateway called __proto__, in changes too', () => {
    const environ = testEnviron();
    environ.__proto__ = 'from the wire';
    const changes = JSON.parse('{"__proto__":"changed","constructor":"changed"}') as Record<string, unknown>;
    expect(copyEnviron(environ).__proto__).toBe('from the wire');
    const copy = copyEnviron(environ, changes);
    expect(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value).toBe('changed');
    expect(copy.constructor).toBe('changed');
    expect(environ.__proto__).toBe('from the wire');
  });

  it('a spread has the plain keys and loses the accessors: that is why there is copyEnviron', () => {
    const environ = testEnviron();
    for (const spread of [{ ...environ }, Object.assign({}, environ)] as Record<string, unknown>[]) {
      expect(spread.PATH_INFO).toBe('/');
      expect(spread['tsgi.input']).toBe(environ['tsgi.input']);
      expect(spread['tsgi.signal']).toBeUndefined();
      expect(spread['tsgi.after_response']).toBeUndefined();
    }
  });

  it('copies an environ that somebody else made', async () => {
    const own: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    Object.assign(own, { ...testEnviron() }, { 'my.key': 1 });
    const environ = own as Environ;
    const writer = new ScriptedWriter();
    new Exchange(
      (given, startResponse) => {
        expect(given).toBe(environ);
        const copy = copyEnviron(given, { PATH_INFO: '/x' });
        expect(copy).toMatchObject({ 'my.key': 1, PATH_INFO: '/x' });
        expect(copy['tsgi.signal']).toBe(given['tsgi.signal']);
        expect(copy['tsgi.after_response']).toBe(given['tsgi.after_response']);
        expect(Object.getPrototypeOf(copy)).toBe(null);
        startResponse('200 OK', []);
        return [bytes('a')];
      },
      environ,
      writer,
    ).run();
    await writer.finishing;
    expect(writer.calls).toEqual(['head 200 OK +a end', 'finished']);
    expect(environ.PATH_INFO).toBe('/');
  });
});
