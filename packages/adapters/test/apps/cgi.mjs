#!/usr/bin/env node
// A CGI program of one of these applications: `cgi.mjs APP`.
import { appendFileSync } from 'node:fs';
import { findApp } from '@tsgi/adapters';
import { serve } from '@tsgi/cgi-backend';
import { validator, violationText } from '@tsgi/core/validator';

const [, , name] = process.argv;
const found = findApp(await import(`./${name}.mjs`));
const app = validator(await found.load(), {
  onViolation: (violation) => appendFileSync(process.env.VIOLATIONS, `${violationText(violation)}\n`),
});
await (
  await serve(app)
).closed;
