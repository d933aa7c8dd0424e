#!/usr/bin/env node
// The same app as everywhere else, run once by a web server that starts it for each request. Executable: chmod +x.
import { serve } from '@tsgi/cgi-backend';
import app from '../hello.js';

await serve(app);
