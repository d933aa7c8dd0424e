#!/usr/bin/env node
import { serve } from '@tsgi/cgi-backend';
import { conformanceApp } from '@tsgi/conformance';

await serve(conformanceApp);
