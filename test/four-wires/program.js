#!/usr/bin/env node
import { serve } from '../../packages/cgi-backend/dist/index.js';
import app from './random-app.js';

await serve(app);
