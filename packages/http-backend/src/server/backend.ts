import type { Backend } from '@tsgi/core';
import type { ServeOptions } from './options.ts';
import { serve } from './serve.ts';

/** HTTP as a value, for whatever chooses a wire by name. */
export const httpBackend: Backend<ServeOptions> = { name: 'http', serve };
