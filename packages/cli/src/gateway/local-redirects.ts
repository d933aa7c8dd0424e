import { type App, copyEnviron } from '@tsgi/core';

/** Where the request came in; a name with a dot never comes over a wire. */
const MOUNT = 'gateway.mount';

/** The application; where it was mounted stays with the request, for `redirectsTo`. */
export function mounted(app: App): App {
  return (environ, startResponse) => {
    environ[MOUNT] = environ.SCRIPT_NAME;
    return app(environ, startResponse);
  };
}

/**
 * Answers a local redirect (RFC 3875 §6.2.2), whose whole path is in PATH_INFO, as if the client had asked `app` for it.
 * A path outside the mount is another server's: the client is sent there.
 */
export function redirectsTo(app: App): App {
  return (environ, startResponse) => {
    const mount = String(environ[MOUNT] ?? '');
    const { PATH_INFO: path, REQUEST_URI: target } = environ;
    const isInside = path === mount || path.startsWith(`${mount}/`);
    if (!isInside) {
      startResponse('302 Found', [['Location', target]]);
      return [];
    }
    return app(copyEnviron(environ, { SCRIPT_NAME: mount, PATH_INFO: path.slice(mount.length) }), startResponse);
  };
}
