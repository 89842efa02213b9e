import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createScratch } from './run-command.ts'

/** A home for profiles: a configuration folder and a current folder, both gone after the test. */
export interface Profiles extends AsyncDisposable {
  env: Record<string, string>
  cwd(): string
  /** The person's own file. */
  path: string
  /** Writes a file beside the person's own and returns its path. */
  file(name: string, content: string): Promise<string>
  /** Writes a file into the current folder and returns its path. */
  local(name: string, content: string): Promise<string>
}

/** Makes one, with this `countersign.toml` where it is given. */
export async function createProfiles(toml?: string): Promise<Profiles> {
  const scratch = await createScratch()
  const here = join(scratch.path, 'here')
  const own = join(scratch.path, 'countersign')
  const writer = (folder: string) => async (name: string, content: string) => {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    return path
  }
  const file = writer(own)
  const path = join(own, 'countersign.toml')
  if (toml !== undefined) await file('countersign.toml', toml)
  return {
    env: { XDG_CONFIG_HOME: scratch.path },
    cwd: () => here,
    path,
    file,
    local: writer(here),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  }
}
