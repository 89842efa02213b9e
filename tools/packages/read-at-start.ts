import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file and all that it imports before it runs; what `import()` loads is read later, if ever. */
export function readAtStart(file: string, seen: Set<string> = new Set()): { files: number; bytes: number } {
  if (seen.has(file)) return { files: 0, bytes: 0 }
  seen.add(file)
  const code = readFileSync(file, 'utf8')
  const imported = [...code.matchAll(/(?:\bfrom|\bimport)\s*["'](\.\/[^"']+)["']/g)].map(([, name = '']) =>
    readAtStart(join(dirname(file), name), seen),
  )
  return imported.reduce(
    (sum, { files, bytes }) => ({ files: sum.files + files, bytes: sum.bytes + bytes }),
    { files: 1, bytes: Buffer.byteLength(code) },
  )
}
