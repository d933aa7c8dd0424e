// Runs in a folder that has only what npm has installed: the conformance kit over every wire. A CGI program is started for each case,
// and all of them would take longer than the other wires together: it is asked as many for each hazard as the argument says. `npm test`
// asks it all of them.
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
const ofEach = Number(process.argv[2]);
const samples = caseGroups.flatMap(({ cases }) => cases.filter(({ name }) => ofCgi.has(name)).slice(0, ofEach));

for (const driver of drivers) {
  const run = await runDriver(driver, driver.wire === 'cgi' ? { cases: samples } : {});
  const { passed, failed, skipped } = countOutcomes(run.results);
  console.log(`${driver.name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  for (const { name, outcome, problems } of run.results) {
    if (outcome === 'failed') console.log(`  ${name}: ${problems.join('; ')}`);
  }
  if (failed > 0 || passed < samples.length / 2) process.exitCode = 1;
}
