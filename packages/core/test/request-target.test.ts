import { describe, expect, it } from 'vitest';
import { environFromHead, createErrorStream, type ServerTraits } from '../src/server.ts';
import type { Environ } from '../src/index.ts';

const traits: ServerTraits = {
  multithread: false,
  multiprocess: false,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'test',
  errors: createErrorStream(() => {}),
};

function request(method: string, target: string, scriptName?: string): Environ {
  return environFromHead(
    { method, target, protocol: 'HTTP/1.1', headers: ['Host', 'from.header'] },
    { scheme: 'http', serverName: 'server', serverPort: '80' },
    scriptName === undefined ? traits : { ...traits, scriptName },
  );
}

describe('request targets', () => {
  const accepted: [method: string, target: string, path: string, query: string, host?: string][] = [
    // Origin form.
    ['GET', '/', '/', ''],
    ['GET', '/a/b', '/a/b', ''],
    ['GET', '/a?b=c&d', '/a', 'b=c&d'],
    ['GET', '/a?', '/a', ''],
    ['GET', '/a?b?c', '/a', 'b?c'],
    ['GET', '/?%23%2F', '/', '%23%2F'],
    ['GET', '//double//slashes/', '//double//slashes/', ''],
    ['GET', '///', '///', ''],
    ['GET', '/a/../b/./c', '/a/../b/./c', ''],
    ['GET', "/a;p=1,2:@!$&'()*+=", "/a;p=1,2:@!$&'()*+=", ''],
    ['M-SEARCH', '/', '/', ''],
    ['OPTIONS', '/a', '/a', ''],
    ['GET', '/http://other/', '/http://other/', ''],
    ['GET', '/*', '/*', ''],
    // Percent-encoding, decoded once, to bytes (R29).
    ['GET', '/a%20b', '/a b', ''],
    ['GET', '/%C3%A9', '/\xc3\xa9', ''],
    ['GET', '/%c3%a9', '/\xc3\xa9', ''],
    ['GET', '/%2520', '/%20', ''],
    ['GET', '/%2F%3F%23%25', '//?#%', ''],
    ['GET', '/%00%0D%0A%7F', '/\0\r\n\x7f', ''],
    ['GET', '/\x80%80', '/\x80\x80', ''],
    ['GET', '/\xd1\x82', '/\xd1\x82', ''],
    // What is no escape stays as it came.
    ['GET', '/%', '/%', ''],
    ['GET', '/%4', '/%4', ''],
    ['GET', '/%zz%41', '/%zzA', ''],
    ['GET', '/%%41', '/%A', ''],
    ['GET', '/%4\xb11', '/%4\xb11', ''],
    // Absolute form.
    ['GET', 'http://h', '/', '', 'h'],
    ['GET', 'http://h/', '/', '', 'h'],
    ['GET', 'http://h:/', '/', '', 'h:'],
    ['GET', 'http://h:8080/a?b', '/a', 'b', 'h:8080'],
    ['GET', 'https://h/a', '/a', '', 'h'],
    ['GET', 'HTTP://h/a', '/a', '', 'h'],
    ['GET', 'http://h?b', '/', 'b', 'h'],
    ['GET', 'http://[::1]:80/a', '/a', '', '[::1]:80'],
    ['GET', 'http://user:pass@h/a', '/a', '', 'h'],
    ['GET', 'http://h/a@b', '/a@b', '', 'h'],
    ['GET', 'http://h/?u=http://x@y/', '/', 'u=http://x@y/', 'h'],
    ['OPTIONS', 'http://h/a', '/a', '', 'h'],
    ['OPTIONS', 'http://h', '*', '', 'h'],
    ['OPTIONS', 'http://h/', '/', '', 'h'],
    ['OPTIONS', 'http://h?a', '/', 'a', 'h'],
    ['GET', 'http://h', '/', '', 'h'],
    // Asterisk and authority form.
    ['OPTIONS', '*', '*', ''],
    ['CONNECT', 'h:443', 'h:443', '', 'h:443'],
    ['CONNECT', '[::1]:443', '[::1]:443', '', '[::1]:443'],
    ['CONNECT', '127.0.0.1:80', '127.0.0.1:80', '', '127.0.0.1:80'],
  ];
  for (const [method, target, path, query, host] of accepted) {
    it(`R27: ${method} ${JSON.stringify(target)}`, () => {
      expect(request(method, target)).toMatchObject({
        REQUEST_METHOD: method,
        REQUEST_URI: target,
        SCRIPT_NAME: '',
        PATH_INFO: path,
        QUERY_STRING: query,
        HTTP_HOST: host ?? 'from.header',
      });
    });
  }

  const refused: [method: string, target: string][] = [
    ['GET', ''],
    ['GET', '*'],
    ['POST', '*'],
    ['GET', 'a'],
    ['GET', 'a/b'],
    ['GET', '?a'],
    ['GET', 'h:443'],
    ['GET', 'ftp://h/a'],
    ['GET', 'http:/a'],
    ['GET', 'http://'],
    ['GET', 'http:///a'],
    ['GET', 'http://user@/a'],
    ['GET', 'http://a@b@c/'],
    ['GET', 'http://@/'],
    ['GET', 'http://a:x/'],
    ['GET', 'http://a:123456/'],
    ['GET', 'http://:80/'],
    ['GET', 'http://[::1/'],
    ['GET', 'http://[x]/'],
    ['GET', 'http://::1/'],
    ['GET', 'http://\xe9/'],
    ['GET', 'http://a"b/'],
    ['GET', 'http://a:80:80/'],
    ['GET', '/a#b'],
    ['GET', '#'],
    ['GET', '/a b'],
    ['GET', '/a\tb'],
    ['GET', '/a\r\nb'],
    ['GET', '/a\0'],
    ['GET', '/a\x7f'],
    ['OPTIONS', '**'],
    ['OPTIONS', '*?a'],
    ['CONNECT', '/'],
    ['CONNECT', '*'],
    ['CONNECT', 'h'],
    ['CONNECT', 'h:'],
    ['CONNECT', ':443'],
    ['CONNECT', 'http://h/'],
    ['CONNECT', 'h:443/a'],
    ['CONNECT', 'u@h:443'],
    ['CONNECT', '::1:443'],
    ['connect', 'h:443'],
  ];
  for (const [method, target] of refused) {
    it(`R27: refuses ${method} ${JSON.stringify(target)}`, () => {
      expect(() => request(method, target)).toThrow(
        expect.objectContaining({ code: 'BAD_TARGET', rule: 'R27', side: 'peer', statusHint: 400 }),
      );
    });
  }

  const mounted: [mount: string, target: string, script: string, path: string][] = [
    ['/app', '/app', '/app', ''],
    ['/app', '/app/', '/app', '/'],
    ['/app', '/app/a?b', '/app', '/a'],
    ['/app/', '/app/a', '/app', '/a'],
    ['/app', '/application', '', '/application'],
    ['/app', '/other', '', '/other'],
    ['/app', '/', '', '/'],
    ['', '/app/a', '', '/app/a'],
    ['/', '/app/a', '', '/app/a'],
    ['/caf\xc3\xa9', '/caf%C3%A9/a', '/caf\xc3\xa9', '/a'],
  ];
  for (const [mount, target, script, path] of mounted) {
    it(`R26: ${JSON.stringify(target)} at the mount ${JSON.stringify(mount)}`, () => {
      expect(request('GET', target, mount)).toMatchObject({
        SCRIPT_NAME: script,
        PATH_INFO: path,
        REQUEST_URI: target,
      });
    });
  }

  it('R27: * and CONNECT are outside every mount', () => {
    expect(request('OPTIONS', '*', '/app')).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '*' });
    expect(request('CONNECT', 'h:1', '/app')).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: 'h:1' });
  });
});
