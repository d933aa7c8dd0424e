import { LightResponse } from './response/light-response.ts';

/** A drop-in for the platform's `Response` that costs a fraction for text, bytes and JSON. Patches nothing. */
export const Response: typeof globalThis.Response = LightResponse as unknown as typeof globalThis.Response;
