import { serve } from '../../packages/cgi-backend/dist/program.js';
import app from './app.mjs';

await serve(app);
