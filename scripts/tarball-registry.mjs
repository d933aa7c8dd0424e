// A registry of npm's for a test: it has the packages of this repository, as they would be published, and sends whoever asks for
// another one to the registry that npm is configured for.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';

/** @param tarballs files, by name of the package. @returns its address, and what ends it. */
export async function serveTarballs(tarballs) {
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim().replace(/\/$/, '');
  const documents = new Map();
  const files = new Map();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://registry').pathname);
    const found = documents.get(path) ?? files.get(path);
    if (found === undefined) {
      response.writeHead(302, { Location: upstream + request.url }).end();
    } else {
      response.writeHead(200, { 'Content-Type': files.has(path) ? 'application/octet-stream' : 'application/json' });
      response.end(found);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${server.address().port}`;
  for (const [name, file] of tarballs) {
    const bytes = readFileSync(file);
    const manifest = JSON.parse(execFileSync('tar', ['xzOf', file, 'package/package.json'], { encoding: 'utf8' }));
    const path = `/${name}/-/${basename(file)}`;
    const dist = {
      tarball: address + path,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    };
    const { version } = manifest;
    files.set(path, bytes);
    documents.set(
      `/${name}`,
      JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }),
    );
  }
  return { address, close: () => server.close() };
}
