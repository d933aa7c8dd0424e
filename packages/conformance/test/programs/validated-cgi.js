#!/usr/bin/env node
import { serve } from '@tsgi/cgi-backend';
import { createConformanceApp } from '@tsgi/conformance/app';
import { validator, violationText } from '@tsgi/core/validator';

await serve(
  createConformanceApp({
    wrap: (app, trace) => validator(app, { onViolation: (violation) => trace.violation(violationText(violation)) }),
  }),
);
