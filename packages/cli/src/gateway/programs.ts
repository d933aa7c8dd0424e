import type { Programs } from '@tsgi/adapters/static';

/** In ASCII, in any case: what the responder does not take for a program must not be shown as source either. */
export const phpPrograms: Programs = {
  index: 'index.php',
  ownsPath: (path) => /\.[Pp][Hh][Pp](?:\/|$)/.test(path),
  ownsMode: () => false,
};

/** FastCGI programs whose names end otherwise; those of PHP are never sent as they are either. */
export function programsEndingIn(extension: string): Programs {
  const ending = extension.toLowerCase();
  return {
    index: `index${extension}`,
    ownsPath: (path) => phpPrograms.ownsPath(path) || path.toLowerCase().split('/').some(endsAsProgram),
    ownsMode: () => false,
  };
  function endsAsProgram(segment: string): boolean {
    return segment !== '' && segment.endsWith(ending);
  }
}

/** CGI programs: files with an execute bit. */
export const cgiPrograms: Programs = {
  index: undefined,
  ownsPath: () => false,
  ownsMode: (mode) => (mode & 0o111) !== 0,
};

/** None: what is no file is one application's. */
export const noPrograms: Programs = { index: undefined, ownsPath: () => false, ownsMode: () => false };
