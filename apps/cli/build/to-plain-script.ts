import { Script } from 'node:vm'

/**
 * The bundle as a plain script instead of a module, which is what Node 24 takes into an executable. The bundle
 * imports nothing (`lazy-builtins.ts`) and exports nothing, so a function around it is all that it needs.
 */
export function toPlainScript(bundle: string): string {
  const body = bundle.replace(/^#!.*\n/, '').replace(/export\s*\{\s*\};?\s*$/, '')
  const script = `'use strict';(async()=>{${body}})()\n`
  // Says where the script is wrong, if an import or `import.meta` has come into the bundle.
  new Script(script, { filename: 'countersign.cjs' })
  return script
}
