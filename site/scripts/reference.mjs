// Writes the API reference into reference/, one page for each entry point, from the docstrings of the sources.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const site = fileURLToPath(new URL('..', import.meta.url));
const packages = join(site, '../packages');

/** Entry points by their source, `packages/core/src/server.ts`, with the name by which they are imported. */
const entries = new Map();
for (const folder of readdirSync(packages)) {
  const { name, exports = {} } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'));
  for (const [path, { types }] of Object.entries(exports)) {
    const source = types.replace('./dist/', 'src/').replace('.d.ts', '.ts');
    entries.set(join(packages, folder, source), name + path.slice(1));
  }
}

const application = await Application.bootstrapWithPlugins({
  options: join(site, 'typedoc.json'),
  entryPoints: [...entries.keys()],
});
// The modules are named as they are imported.
application.converter.on('createDeclaration', (context, reflection) => {
  const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
  if (reflection.kindOf(2) && entries.has(file)) reflection.name = entries.get(file);
});
const project = await application.convert();
if (project === undefined) throw new Error('the sources cannot be read');
const out = join(site, 'reference');
rmSync(out, { recursive: true, force: true });
await application.generateOutputs(project);
if (application.logger.hasErrors()) process.exitCode = 1;
const pages = readdirSync(out, { recursive: true }).filter((file) => file.endsWith('.md'));
console.log(`${pages.length} pages of reference for ${entries.size} entry points`);
