import { Response } from './response.ts';

// The one module here that patches a global, for frameworks that make their answers by the global name. Import it first.
globalThis.Response = Response;
