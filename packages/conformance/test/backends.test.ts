import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fcgiBackend } from '@tsgi/fcgi-backend';
import { httpBackend } from '@tsgi/http-backend';
import { scgiBackend } from '@tsgi/scgi-backend';
import { validator, violationText } from '@tsgi/core/validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  backendDriver,
  casesFor,
  type ConformanceAppOptions,
  type Driver,
  matrixHtml,
  matrixMarkdown,
  programDriver,
  type Run,
} from '../src/index.ts';
import { describeConformance } from '../src/vitest.ts';
import { localhost } from '../../http-backend/test/support/certificates.ts';

const framework = { describe, it, beforeAll, afterAll };

const wrap: ConformanceAppOptions['wrap'] = (app, trace) =>
  validator(app, { onViolation: (violation) => trace.violation(violationText(violation)) });

function program(name: string): [string, string] {
  return [process.execPath, fileURLToPath(new URL(`programs/${name}.js`, import.meta.url))];
}

const quiet = { port: 0, errors: (): void => {} };
const overTls = { ...quiet, tls: localhost };

const drivers: readonly Driver[] = [
  backendDriver(httpBackend, quiet),
  backendDriver(httpBackend, overTls, 'http-backend, TLS'),
  backendDriver(httpBackend, { ...quiet, h2c: true }, 'http-backend, HTTP/2', 'http2'),
  backendDriver(fcgiBackend, quiet),
  backendDriver(scgiBackend, quiet),
];

const runs: Run[] = [];
const onRun = (run: Run): void => void runs.push(run);

for (const driver of drivers) {
  describeConformance(framework, driver, { onRun });
  const validated = { ...driver, name: `${driver.name}, validated` };
  describeConformance(framework, validated, { onRun, wrap, validated: true });
}
describeConformance(framework, programDriver(program('cgi')), { onRun });
describeConformance(framework, programDriver(program('validated-cgi'), 'cgi-backend, validated'), {
  onRun,
  validated: true,
});

// A UNIX socket ends connections in its own way: the same cases, but for those that need a reset.
for (const backend of [httpBackend, fcgiBackend, scgiBackend]) {
  const path = join(tmpdir(), `tsgi-conformance-${process.pid}-${backend.name}.sock`);
  describeConformance(
    framework,
    backendDriver(backend, { path, errors: quiet.errors }, `${backend.name}, UNIX socket`),
  );
}

// HTTP/2 that was agreed on by ALPN: the same cases.
describeConformance(framework, backendDriver(httpBackend, overTls, 'http-backend, HTTP/2, TLS', 'http2'));

// A FastCGI server that is not told to be quiet sends errors over the wire, in a stream of their own.
const erring = casesFor('fcgi').filter(({ name }) => name.includes('errors'));
describeConformance(framework, backendDriver(fcgiBackend, { port: 0 }, 'fcgi-backend with STDERR'), { cases: erring });

/** From the folder of this package. */
const published = { specification: '../../docs/spec.md' };

it('is published', async () => {
  await expect(matrixMarkdown(runs, published)).toMatchFileSnapshot('../MATRIX.md');
  await expect(matrixHtml(runs, published)).toMatchFileSnapshot('../matrix.html');
});
