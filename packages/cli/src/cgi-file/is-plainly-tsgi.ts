import type { PluginContext } from 'rolldown';

type Program = ReturnType<PluginContext['parse']>;
type Statement = Program['body'][number];

const FUNCTIONS: readonly string[] = ['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration'];

/**
 * Whether a module's default export can be nothing but a function without a shape, which is an application for TSGI: one that is
 * written there, or a constant that is named nowhere else, so that nothing can have been given to it. The adapters are not
 * bundled then, two thirds of a small file and a millisecond of its start.
 */
export function isPlainlyTsgi(text: string, { body }: Program): boolean {
  for (const statement of body) {
    if (statement.type !== 'ExportDefaultDeclaration') continue;
    const { declaration } = statement;
    if (FUNCTIONS.includes(declaration.type))
      return nameIn(declaration) === undefined || isNamed(text, nameIn(declaration), 1);
    return (
      declaration.type === 'Identifier' &&
      body.some((other) => isFunction(other, declaration.name)) &&
      isNamed(text, declaration.name, 2)
    );
  }
  return false;
}

function nameIn(declaration: object): string | undefined {
  const { id } = declaration as { id?: { name?: string } | null };
  return id?.name;
}

/** `const app = () => …`, or `function app() …`. */
function isFunction(statement: Statement, name: string): boolean {
  if (statement.type === 'FunctionDeclaration') return statement.id?.name === name;
  if (statement.type !== 'VariableDeclaration' || statement.kind !== 'const') return false;
  return statement.declarations.some(
    ({ id, init }) => id.type === 'Identifier' && id.name === name && init !== null && FUNCTIONS.includes(init.type),
  );
}

/** In strings and comments too: once too often is no harm. */
function isNamed(text: string, name = '', times: number): boolean {
  return text.split(new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$&')}(?![\\w$])`)).length === times + 1;
}
