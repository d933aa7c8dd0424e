// The program's side alone, for whoever counts modules: with the main entry come the classic door and the gateway's options.
export { isMetaVariable } from './program/meta-variables.ts';
export { serve, type ServeOptions } from './program/serve.ts';
