// Runs in a folder that has only what npm has installed: the conformance kit over every wire.
import { backendDriver, countOutcomes, programDriver, runDriver } from '@tsgi/conformance';
import { fcgiBackend } from '@tsgi/fcgi-backend';
import { httpBackend } from '@tsgi/http-backend';
import { scgiBackend } from '@tsgi/scgi-backend';

const options = { port: 0, errors: () => {} };
const drivers = [
  backendDriver(httpBackend, options),
  backendDriver(httpBackend, { ...options, h2c: true }, 'http-backend, HTTP/2', 'http2'),
  backendDriver(fcgiBackend, options),
  backendDriver(scgiBackend, options),
  programDriver([process.execPath, 'program.mjs'], 'cgi-backend'),
];

for (const driver of drivers) {
  const run = await runDriver(driver);
  const { passed, failed, skipped } = countOutcomes(run.results);
  console.log(`${driver.name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  for (const { name, outcome, problems } of run.results) {
    if (outcome === 'failed') console.log(`  ${name}: ${problems.join('; ')}`);
  }
  if (failed > 0 || passed < 50) process.exitCode = 1;
}
