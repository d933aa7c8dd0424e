import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { App, Environ } from '@tsgi/core';
import { serve, type ServeOptions } from '../src/index.ts';
import { authority, client as clientIdentity, elaborate, example, localhost } from './support/certificates.ts';
import { RawClient } from './support/raw-client.ts';
import { parseResponses } from './support/responses.ts';
import { bytes, hello } from './support/serving.ts';

const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

async function over(options: ServeOptions, app: App = hello) {
  const server = await serve(app, { port: 0, tls: localhost, errors: () => {}, ...options });
  const open = async (more: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({
      port: server.port ?? 0,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      allowHalfOpen: true,
      ...more,
    } as ConnectionOptions);
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', () => resolve());
      socket.once('error', reject);
    });
    return socket;
  };
  return {
    server,
    open,
    async ask(more: ConnectionOptions = {}) {
      const client = new RawClient(await open(more));
      client.send(request);
      const responses = parseResponses(await client.rest());
      client.destroy();
      return responses;
    },
    async [Symbol.asyncDispose]() {
      await server.close({ grace: 0 });
    },
  };
}

test('requests over TLS, and what the environ says of it', async () => {
  const environs: Environ[] = [];
  await using server = await over({}, (environ, startResponse) => {
    environs.push(environ);
    return hello(environ, startResponse);
  });
  expect(server.server.address).toMatch(/^https:/);
  expect(await server.ask({ servername: 'localhost' })).toMatchObject([{ status: 200, body: 'hello' }]);
  expect(environs[0]).toMatchObject({
    'tsgi.url_scheme': 'https',
    HTTPS: 'on',
    SSL_PROTOCOL: 'TLSv1.3',
    SSL_TLS_SNI: 'localhost',
    SSL_CLIENT_VERIFY: 'NONE',
    SERVER_NAME: '127.0.0.1',
    REMOTE_ADDR: '127.0.0.1',
  });
});

test('the certificate is chosen by name, else the first', async () => {
  await using server = await over({
    tls: { ...localhost, hosts: { 'example.test': example, '*.example.test': example } },
  });
  const names: unknown[] = [];
  for (const servername of ['localhost', 'example.test', 'a.example.test', 'a.b.example.test']) {
    const socket = await server.open({ servername });
    names.push(socket.getPeerCertificate().subject.CN);
    socket.destroy();
  }
  expect(names).toEqual(['localhost', 'example.test', 'example.test', 'localhost']);
});

test('new certificates are for new connections, and open ones go on', async () => {
  await using server = await over({});
  const kept = new RawClient(await server.open());
  server.server.reloadTls(example);
  const fresh = await server.open();
  expect(fresh.getPeerCertificate().subject.CN).toBe('example.test');
  fresh.destroy();
  kept.send(request);
  expect(parseResponses(await kept.rest())).toMatchObject([{ status: 200 }]);
  kept.destroy();
  expect(() => server.server.reloadTls({ key: 'x', cert: 'y' })).toThrow();
  const still = await server.open();
  expect(still.getPeerCertificate().subject.CN).toBe('example.test');
  still.destroy();
});

test('a client certificate becomes SSL_CLIENT variables', async () => {
  const environs: Environ[] = [];
  await using server = await over(
    { tls: { ...localhost, ca: authority, clientCertificates: 'require' } },
    (environ, startResponse) => {
      environs.push(environ);
      return hello(environ, startResponse);
    },
  );
  expect(await server.ask({ ...clientIdentity })).toMatchObject([{ status: 200 }]);
  expect(environs[0]).toMatchObject({
    SSL_CLIENT_VERIFY: 'SUCCESS',
    SSL_CLIENT_S_DN_CN: 'client, one',
    SSL_CLIENT_S_DN: 'CN=client\\, one,O=Caf\xc3\xa9',
    SSL_CLIENT_I_DN: 'CN=test authority,O=TSGI tests',
  });
  expect(String(environs[0]?.SSL_CLIENT_CERT).replaceAll('\n', '')).toBe(clientIdentity.cert.replaceAll('\n', ''));
});

// As Apache httpd 2.4 has them with `SSLOptions +StdEnvVars`, of this certificate.
test('the parts of a name are those of mod_ssl', async () => {
  const environs: Environ[] = [];
  await using server = await over(
    { tls: { ...localhost, clientCertificates: 'request' } },
    (environ, startResponse) => {
      environs.push(environ);
      return hello(environ, startResponse);
    },
  );
  expect(await server.ask({ ...elaborate })).toMatchObject([{ status: 200 }]);
  const found = Object.entries(environs[0] ?? {}).filter(([name]) => name.startsWith('SSL_CLIENT_S_DN'));
  expect(Object.fromEntries(found)).toEqual({
    SSL_CLIENT_S_DN: [
      'serialNumber=47',
      'OU=\\ third',
      'emailAddress=j@example.test',
      'UID=u1',
      'SN=Doe',
      'GN=J\xc3\xb6rg',
      'OU=second\\,x',
      'CN=\\#one+title=Dr',
      'OU=first',
      'O=A\\, B',
      'DC=test',
    ].join(','),
    SSL_CLIENT_S_DN_CN: '#one',
    SSL_CLIENT_S_DN_Email: 'j@example.test',
    SSL_CLIENT_S_DN_G: 'J\xc3\xb6rg',
    SSL_CLIENT_S_DN_O: 'A, B',
    SSL_CLIENT_S_DN_OU: 'first',
    SSL_CLIENT_S_DN_OU_1: 'second,x',
    SSL_CLIENT_S_DN_OU_2: ' third',
    SSL_CLIENT_S_DN_S: 'Doe',
    SSL_CLIENT_S_DN_SerialNumber: '47',
    SSL_CLIENT_S_DN_T: 'Dr',
    SSL_CLIENT_S_DN_UID: 'u1',
  });
  expect(environs[0]?.SSL_CLIENT_VERIFY).toBe('FAILED:DEPTH_ZERO_SELF_SIGNED_CERT');
});

test('a required client certificate that does not come ends the connection before any request', async () => {
  let called = false;
  await using server = await over(
    { tls: { ...localhost, ca: authority, clientCertificates: 'require' } },
    (environ, startResponse) => {
      called = true;
      return hello(environ, startResponse);
    },
  );
  const client = new RawClient(await server.open());
  client.send(request);
  expect(await client.rest()).toBe('');
  client.destroy();
  expect(called).toBe(false);
});

test('a client that does not speak TLS harms nobody', async () => {
  await using server = await over({});
  const plain = await RawClient.connect({ host: '127.0.0.1', port: server.server.port ?? 0 });
  plain.send(request);
  await plain.rest();
  plain.destroy();
  expect(await server.ask()).toMatchObject([{ status: 200 }]);
});

test('a response that is cut short is short', async () => {
  await using server = await over({}, (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Length', '10']]);
    return [bytes('short')];
  });
  expect(await server.ask()).toMatchObject([{ body: 'short', complete: false }]);
});

test('a big body passes both ways', async () => {
  await using server = await over({}, async (environ, startResponse) => {
    const body = await environ['tsgi.input'].read();
    startResponse('200 OK', []);
    return [body];
  });
  const client = new RawClient(await server.open());
  const body = 'x'.repeat(3_000_000);
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const [response] = parseResponses(await client.rest());
  expect(response?.body).toBe(body);
  client.destroy();
});
