#!/usr/bin/env node
import { serve } from '@tsgi/cgi-backend';
import app from './app.js';

await serve(app);
