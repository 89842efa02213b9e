/**
 * A `require` that looks for packages as a file would. `node:module` is not imported: where everything is one
 * file, the bundler's own helpers import it, and a second import would run before they exist.
 */
export function requireFrom(file: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(file)
}
