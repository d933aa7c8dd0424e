/** The settings of these names that were set: an option that is there, though `undefined`, would hide its default. */
export function pick<Values extends object, Key extends keyof Values>(
  values: Values,
  keys: readonly Key[],
): Pick<Values, Key> {
  const set = keys.filter((key) => values[key] !== undefined).map((key) => [key, values[key]]);
  return Object.fromEntries(set) as Pick<Values, Key>;
}
