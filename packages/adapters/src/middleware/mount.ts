import { type App, copyEnviron, textToByteString } from '@tsgi/core';
import { assertApp, withoutSlashesAtEnd } from '@tsgi/core/server';

const NOT_FOUND = new TextEncoder().encode('404 Not Found\n');

const nothing: App = (_environ, startResponse) => {
  startResponse('404 Not Found', [['Content-Type', 'text/plain; charset=utf-8']]);
  return [NOT_FOUND];
};

function prefixOf(path: string): string {
  if (path !== '' && !path.startsWith('/')) throw new TypeError(`mount: ${JSON.stringify(path)} does not begin with /`);
  // PATH_INFO is a byte string (R23).
  return textToByteString(withoutSlashesAtEnd(path));
}

/**
 * Several applications under one: `mount({ '/api': api, '/': site })`. The longest prefix that ends at a `/` of the path
 * wins; it moves from `PATH_INFO` to `SCRIPT_NAME`, so that each application finds itself at its own root. Without one
 * at `/` the rest is a 404.
 *
 * @param apps by path, decoded.
 * @throws TypeError for a path that does not begin with `/`, and for what is no application.
 */
export function mount(apps: Readonly<Record<string, App>>): App {
  const mounts = Object.entries(apps).map(([path, app]) => {
    assertApp(app);
    return { prefix: prefixOf(path), app };
  });
  mounts.sort((one, other) => other.prefix.length - one.prefix.length);
  return (environ, startResponse) => {
    const { PATH_INFO: path, SCRIPT_NAME: script } = environ;
    for (const { prefix, app } of mounts) {
      if (prefix === '') return app(environ, startResponse);
      if (!path.startsWith(prefix) || (path.length > prefix.length && path[prefix.length] !== '/')) continue;
      const changes = { SCRIPT_NAME: script + prefix, PATH_INFO: path.slice(prefix.length) };
      return app(copyEnviron(environ, changes), startResponse);
    }
    return nothing(environ, startResponse);
  };
}
