// Writes the public types of every entry point into api/, so that a change of them is seen in review; with --check it tells whether
// they are what the build has. Reads what tsc has written: build first.
//
//   npm run api            writes them
//   npm run api -- --check
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { publishedPackages } from './published-packages.mjs';

const root = new URL('..', import.meta.url).pathname;
const reports = join(root, 'api');
const scratch = mkdtempSync(join(tmpdir(), 'tsgi-api-'));
const none = { default: { logLevel: 'none' } };

/** One for each entry point of a package. */
function configsOf({ folder, manifest }) {
  const entries = Object.entries(manifest.exports ?? {});
  const compilerOptions = {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2023',
    lib: ['es2024', 'dom'],
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(folder, 'node_modules/@types'), join(root, 'node_modules/@types')],
  };
  return entries.map(([path, { types }]) =>
    ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(folder, 'package.json'),
      projectFolderLookupToken: undefined,
      configObject: {
        projectFolder: folder,
        mainEntryPointFilePath: join(folder, types),
        compiler: { overrideTsconfig: { compilerOptions, files: entries.map(([, entry]) => entry.types) } },
        apiReport: {
          enabled: true,
          reportFolder: scratch,
          reportTempFolder: join(scratch, 'temporary'),
          reportFileName: `${manifest.name.replace('@tsgi/', '')}${path.slice(1).replaceAll('/', '.')}`,
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        newlineKind: 'lf',
        messages: { extractorMessageReporting: none, tsdocMessageReporting: none, compilerMessageReporting: none },
      },
    }),
  );
}

function extract() {
  for (const entry of publishedPackages) {
    const configs = configsOf(entry);
    if (configs.length === 0) continue;
    const additionalEntryPoints = configs.map((config) => config.mainEntryPointFilePath);
    // One program for all entry points: reading the types is what takes the time.
    const compilerState = CompilerState.create(configs[0], { additionalEntryPoints });
    for (const config of configs) {
      const { succeeded } = Extractor.invoke(config, {
        compilerState,
        localBuild: true,
        messageCallback: (message) => void (message.handled = true),
      });
      if (!succeeded) throw new Error(`the types of ${config.mainEntryPointFilePath} cannot be read`);
    }
  }
  rmSync(join(scratch, 'temporary'), { recursive: true, force: true });
  return new Map(readdirSync(scratch).map((name) => [name, readFileSync(join(scratch, name), 'utf8')]));
}

function reportsThere() {
  mkdirSync(reports, { recursive: true });
  const names = readdirSync(reports).filter((name) => name.endsWith('.api.md'));
  return new Map(names.map((name) => [name, readFileSync(join(reports, name), 'utf8')]));
}

try {
  const found = extract();
  const there = reportsThere();
  const changed = [...new Set([...found.keys(), ...there.keys()])].filter(
    (name) => found.get(name) !== there.get(name),
  );
  if (!process.argv.includes('--check')) {
    for (const name of changed) {
      const text = found.get(name);
      if (text === undefined) rmSync(join(reports, name));
      else writeFileSync(join(reports, name), text);
    }
    console.log(`${found.size} entry points, ${changed.length} of them changed`);
  } else if (changed.length > 0) {
    console.error(`public types have changed: ${changed.join(', ')}; npm run api writes what they are now into api/`);
    process.exitCode = 1;
  } else {
    console.log(`the public types of ${found.size} entry points are those in api/`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
