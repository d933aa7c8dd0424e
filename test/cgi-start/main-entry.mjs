import { serve } from '../../packages/cgi-backend/dist/index.js';
import app from './app.mjs';

await serve(app);
