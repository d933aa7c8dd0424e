import type { Interface } from '@tsgi/adapters';

/** What a CGI file is made of. */
export interface CgiFile {
  /** The application as it was named, for the log. */
  readonly spec: string;
  /** Its module. */
  readonly file: string;
  /** The export that is the application. */
  readonly name: string | undefined;
  readonly interface?: Interface | undefined;
  readonly scriptName?: string | undefined;
  /** Variables of the process that the environ has beside those of the request. */
  readonly environ?: readonly string[] | undefined;
  readonly validate?: boolean | undefined;
  /** Milliseconds without a request after which a process that stays ends; without it each request is a process. */
  readonly idleExit?: number | undefined;
  /** Packages that are not bundled. */
  readonly external?: readonly string[] | undefined;
}

/** What a module of ours is imported by. */
type Locate = (module: string) => string;

/**
 * The module that everything is bundled from. The application is imported late, so that what it throws while it loads is caught;
 * bundled, that is a call in the same file.
 */
export function entryText(program: CgiFile, locate: Locate): string {
  const { spec, file, name, interface: as, scriptName, environ, validate, idleExit } = program;
  const facts = { spec, name, interface: as, idleExit, options: { scriptName, environ } };
  const [door, more] = idleExit === undefined ? ['answer', ''] : ['reside', ', process.argv[2]'];
  const imports = [`import { ${door} } from ${JSON.stringify(locate(`./${door}.js`))};`];
  const members = [`...${JSON.stringify(facts)}`, `load: () => import(${JSON.stringify(file)})`];
  if (validate === true) {
    imports.push(`import { validated } from ${JSON.stringify(locate('../serving/validated.js'))};`);
    members.push('validated');
  }
  return `${imports.join('\n')}\nvoid ${door}({ ${members.join(', ')} }${more});\n`;
}
