// Runs in a folder that has only what npm has installed: the conformance kit over every wire. A CGI program is started for each case,
// which takes as long as all other wires together: only with the argument "whole" it is asked them all, else one for each hazard.
import { backendDriver, caseGroups, casesFor, countOutcomes, programDriver, runDriver } from '@tsgi/conformance';
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

const ofCgi = new Set(casesFor('cgi').map(({ name }) => name));
const samples = caseGroups.flatMap(({ cases }) => cases.filter(({ name }) => ofCgi.has(name)).slice(0, 1));

for (const driver of drivers) {
  const run = await runDriver(driver, driver.wire === 'cgi' && process.argv[2] !== 'whole' ? { cases: samples } : {});
  const { passed, failed, skipped } = countOutcomes(run.results);
  console.log(`${driver.name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  for (const { name, outcome, problems } of run.results) {
    if (outcome === 'failed') console.log(`  ${name}: ${problems.join('; ')}`);
  }
  if (failed > 0 || passed < samples.length / 2) process.exitCode = 1;
}
