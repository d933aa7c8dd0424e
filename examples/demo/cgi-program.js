#!/usr/bin/env node
// The app of the demo as a CGI program: started for one request, gone after it.
import { serve } from '@tsgi/cgi-backend';
import app from './app.js';

await serve(app);
