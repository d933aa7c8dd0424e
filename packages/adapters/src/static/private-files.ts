/** Dot files are the owner's (`.git`, `.htaccess`, `.env`, `.x.php.swp`); `.well-known` is public (RFC 8615). */
const HIDDEN = /\/\.(?!well-known(?:\/|$))/;

/**
 * Source that some server would run: what is no `.php` got past the split, a CGI program may have lost its execute bit. What
 * follows the extension is an editor's or an owner's copy of it (`x.php~`, `x.php.bak`), or a name that Windows takes for it.
 */
const PROGRAM_TEXT = /\.(?:php\d?|phtml|phps|phar|pht|f?cgi)(?![0-9a-z])|\.inc$/i;

/** Copies that editors and owners leave beside a file, whatever it is. */
const COPY = /(?:~|#|\.(?:bak|old|orig|save|sw[a-p]|swpx))$|\/#[^/]*$/i;

/** Whether a path, from the root on, is of a file or folder that nobody should know of. */
export function isHidden(path: string): boolean {
  return HIDDEN.test(path);
}

/** Whether a file, by its path from the root on, must not be sent as it is. */
export function isPrivate(path: string): boolean {
  return isHidden(path) || PROGRAM_TEXT.test(path.slice(path.lastIndexOf('/'))) || COPY.test(path);
}
