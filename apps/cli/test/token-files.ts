import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The files with values in a cache folder that holds one token, in the order in which they were written. */
export async function valueFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => /^[\da-f]{64}\.\d+\.jwe$/.test(name))
  return names.sort((a, b) => numberOf(a) - numberOf(b)).map((name) => join(directory, name))
}

/** The newest of them. */
export async function newestFile(directory: string): Promise<string> {
  const path = (await valueFiles(directory)).at(-1)
  if (path === undefined) throw new Error('Nothing is kept.')
  return path
}

function numberOf(name: string): number {
  return Number(name.split('.').at(-2))
}
