// With `node --import`: writes the URL of every file that is loaded to the file that NOTE_LOADED names.
import { register } from 'node:module';

register('./load-hook.mjs', import.meta.url);
