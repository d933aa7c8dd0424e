import { describe, expect, it } from 'vitest';
import { environFromHead, createErrorStream, type ConnectionFacts, type ServerTraits } from '../src/server.ts';
import type { Environ } from '../src/index.ts';

const traits: ServerTraits = {
  multithread: false,
  multiprocess: false,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'test/1.0',
  errors: createErrorStream(() => {}),
};
const connection: ConnectionFacts = { scheme: 'http', serverName: 'example.com', serverPort: '8000' };

function request(headers: string[], facts: ConnectionFacts = connection): Environ {
  return environFromHead({ method: 'GET', target: '/a?b', protocol: 'HTTP/1.1', headers }, facts, traits);
}

/** The header variables of a request. */
function variables(headers: string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(request(headers)).filter(([name]) => name.startsWith('HTTP_') || name.startsWith('CONTENT_')),
  );
}

describe('the environ of an HTTP request', () => {
  it('R21: has method, target, server, protocol, scheme', () => {
    expect(request([], { ...connection, scheme: 'https', remoteAddress: '::1', remotePort: '50000' })).toMatchObject({
      REQUEST_METHOD: 'GET',
      REQUEST_URI: '/a?b',
      SCRIPT_NAME: '',
      PATH_INFO: '/a',
      QUERY_STRING: 'b',
      SERVER_NAME: 'example.com',
      SERVER_PORT: '8000',
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_SOFTWARE: 'test/1.0',
      GATEWAY_INTERFACE: 'CGI/1.1',
      REMOTE_ADDR: '::1',
      REMOTE_PORT: '50000',
      'tsgi.url_scheme': 'https',
    });
  });

  it('R34: what is not known is absent', () => {
    const environ = request([]);
    for (const name of [
      'REMOTE_ADDR',
      'REMOTE_PORT',
      'REMOTE_USER',
      'CONTENT_TYPE',
      'CONTENT_LENGTH',
      'HTTP_HOST',
      'HTTP_COOKIE',
    ]) {
      expect(name in environ).toBe(false);
    }
  });

  it('R34: a header that is there, though empty, is a variable', () => {
    expect(variables(['X-Empty', '', 'Host', ''])).toEqual({ HTTP_X_EMPTY: '', HTTP_HOST: '' });
  });

  it('R34: names are upper case, dashes underscores; values byte strings as they came', () => {
    expect(variables(['x-a', '1', 'User-Agent', 'caf\xc3\xa9 \xff', 'ACCEPT', 'text/html;q=0.5'])).toEqual({
      HTTP_X_A: '1',
      HTTP_USER_AGENT: 'caf\xc3\xa9 \xff',
      HTTP_ACCEPT: 'text/html;q=0.5',
    });
  });

  it('R34: odd but legal names stay apart', () => {
    expect(variables(['X|Pipe', '1', "X!#$%&'*+^`~", '2'])).toEqual({ 'HTTP_X|PIPE': '1', "HTTP_X!#$%&'*+^`~": '2' });
  });

  it('R24: Content-Type and Content-Length have no HTTP_ before them', () => {
    expect(variables(['content-type', 'text/plain', 'CONTENT-LENGTH', '12'])).toEqual({
      CONTENT_TYPE: 'text/plain',
      CONTENT_LENGTH: '12',
    });
  });

  it('R35: a name with an underscore is dropped, be its twin there or not', () => {
    expect(
      variables(['X_A', 'forged', 'X-A', 'real', 'X_B', 'forged', 'Content_Length', '5', 'Remote_User', 'root']),
    ).toEqual({
      HTTP_X_A: 'real',
    });
  });

  it('R22: a name with a dot is dropped', () => {
    expect(variables(['tsgi.input', 'x', 'X.A', 'y'])).toEqual({});
  });

  it('R36: Proxy is dropped, in whatever case', () => {
    expect(variables(['Proxy', 'http://evil/', 'PROXY', 'x', 'proxy', 'y'])).toEqual({});
  });

  it('R38: hop-by-hop headers are dropped', () => {
    const names =
      'Connection Keep-Alive Proxy-Authenticate Proxy-Authorization Proxy-Connection TE Trailers Transfer-Encoding Upgrade';
    expect(variables(names.split(' ').flatMap((name) => [name, 'x']))).toEqual({});
    expect(variables(['Trailer', 'X-A'])).toEqual({ HTTP_TRAILER: 'X-A' });
  });

  it('R37: repeats are joined with ", " in their order, Cookie with "; "', () => {
    expect(
      variables(['X-Foo', 'val1', 'Cookie', 'nom=NOM', 'x-foo', 'val2', 'cookie', 'yum=YUM', 'X-FOO', 'val3']),
    ).toEqual({
      HTTP_X_FOO: 'val1, val2, val3',
      HTTP_COOKIE: 'nom=NOM; yum=YUM',
    });
  });

  it('R37: Host, Content-Type and Content-Length must not repeat, be they equal or not', () => {
    for (const name of ['Host', 'Content-Type', 'Content-Length']) {
      for (const second of ['1', '2']) {
        expect(() => request([name, '1', name.toLowerCase(), second])).toThrow(
          expect.objectContaining({ code: 'REPEATED_HEADER', rule: 'R37', side: 'peer', statusHint: 400 }),
        );
      }
    }
  });

  it('R31: Content-Length is digits and a number', () => {
    for (const value of ['0', '00', '123', '9007199254740991'])
      expect(variables(['Content-Length', value]).CONTENT_LENGTH).toBe(value);
    for (const value of [
      '',
      '-1',
      '-0',
      '+1',
      '0_1',
      '5, 5',
      '1.5',
      '1e3',
      '0x1',
      'xcii',
      ' 1',
      '9007199254740992',
      '0 1',
    ]) {
      expect(() => request(['Content-Length', value])).toThrow(
        expect.objectContaining({ code: 'BAD_CONTENT_LENGTH', rule: 'R31', side: 'peer', statusHint: 400 }),
      );
    }
  });

  it('R20: no header can name a key of Object.prototype or of the server', () => {
    const environ = request([
      '__proto__',
      'x',
      'constructor',
      'y',
      'PATH-INFO',
      'z',
      'Request-Method',
      'w',
      'Script-Name',
      'v',
    ]);
    expect(environ).toMatchObject({
      HTTP_CONSTRUCTOR: 'y',
      HTTP_PATH_INFO: 'z',
      PATH_INFO: '/a',
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
    });
    expect(environ.constructor).toBeUndefined();
  });

  it('R35: names beyond the memory’s bound are treated alike', () => {
    const invented = Array.from({ length: 3000 }, (_, index) => `X-Invented-${index}`);
    const environ = request(invented.flatMap((name) => [name, 'v']));
    expect(environ.HTTP_X_INVENTED_2999).toBe('v');
    expect(variables(['X_New', 'x', 'pRoXy', 'x', 'cOoKie', 'a', 'CookiE', 'b'])).toEqual({ HTTP_COOKIE: 'a; b' });
  });

  it('R20: one request’s headers never show in another’s', () => {
    request(['X-Secret', 'x']);
    expect(variables([])).toEqual({});
  });
});
