import { afterAll, beforeAll, describe, it } from 'vitest';
import { backendDriver } from '@tsgi/conformance';
import { describeConformance } from '@tsgi/conformance/vitest';
import uwsgiBackend from '../src/index.ts';
import { uwsgiClient } from '../src/kit-client.ts';

const framework = { describe, it, beforeAll, afterAll };
describeConformance(
  framework,
  backendDriver(uwsgiBackend, { port: 0, errors: () => {} }, 'uwsgi-backend', uwsgiClient),
);
