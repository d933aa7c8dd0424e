import { describe, expect, it } from 'vitest';
import { declaredLength } from '../src/cgi.ts';
import { environ } from './sent-variables.ts';

describe('Go’s net/http/cgi child tests', () => {
  it('TestRequest', () => {
    const found = environ({
      HTTP_HOST: 'example.com',
      HTTP_REFERER: 'elsewhere',
      HTTP_USER_AGENT: 'goclient',
      HTTP_FOO_BAR: 'baz',
      REQUEST_URI: '/path?a=b',
      CONTENT_LENGTH: '123',
      CONTENT_TYPE: 'text/xml',
      REMOTE_ADDR: '5.6.7.8',
      REMOTE_PORT: '54321',
    });
    expect(found).toMatchObject({
      REQUEST_METHOD: 'GET',
      HTTP_REFERER: 'elsewhere',
      HTTP_USER_AGENT: 'goclient',
      HTTP_FOO_BAR: 'baz',
      CONTENT_TYPE: 'text/xml',
      PATH_INFO: '/path',
      QUERY_STRING: 'a=b',
      REMOTE_ADDR: '5.6.7.8',
      REMOTE_PORT: '54321',
      SERVER_NAME: 'example.com',
      'tsgi.url_scheme': 'http',
    });
    expect(declaredLength(found)).toBe(123);
  });

  it('TestRequestWithTLS', () => {
    expect(environ({ HTTP_HOST: 'example.com', REQUEST_URI: '/path?a=b', HTTPS: '1' })).toMatchObject({
      'tsgi.url_scheme': 'https',
      SERVER_PORT: '443',
    });
  });

  it('TestRequestWithoutHost', () => {
    expect(environ({ HTTP_HOST: '', REQUEST_URI: '/path?a=b', CONTENT_LENGTH: '123' })).toMatchObject({
      PATH_INFO: '/path',
      SERVER_NAME: 'localhost',
    });
  });

  it('TestRequestWithoutRequestURI', () => {
    const sent = {
      HTTP_HOST: 'example.com',
      SCRIPT_NAME: '/dir/scriptname',
      PATH_INFO: '/p1/p2',
      QUERY_STRING: 'a=1&b=2',
    };
    expect(environ(sent).REQUEST_URI).toBe('/dir/scriptname/p1/p2?a=1&b=2');
  });

  it('TestRequestWithoutRemotePort', () => {
    const found = environ({ REQUEST_URI: '/path?a=b', REMOTE_ADDR: '5.6.7.8' });
    expect(found.REMOTE_ADDR).toBe('5.6.7.8');
    expect('REMOTE_PORT' in found).toBe(false);
  });

  it('TestIncludedServerProtocol', () => {
    expect(environ({ SERVER_PROTOCOL: 'INCLUDED' }).SERVER_PROTOCOL).toBe('HTTP/1.0');
  });
});
