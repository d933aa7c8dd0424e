/** The scheme of a CGI environment: `HTTPS` is `on`, `1` or `yes`, in whatever case (R39). */
export function guessScheme(environ: { readonly [key: string]: unknown }): 'http' | 'https' {
  const HTTPS = environ.HTTPS;
  return typeof HTTPS === 'string' && /^(?:on|1|yes)$/i.test(HTTPS) ? 'https' : 'http';
}
