import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const acme = fileURLToPath(new URL('fixtures/acme-provider.ts', import.meta.url))

/** The files of the invented provider that examples import: `acme-provider.ts` and `acme-emulator.ts`. */
export function linkAcme(folder: string): void {
  const files = {
    'acme-provider.ts': `export { acmeProvider } from ${JSON.stringify(acme)}\n`,
    'acme-emulator.ts': `export { type AcmeCredentials, createAcmeEmulator } from ${JSON.stringify(acme)}\n`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}
