import { type Io, readStdin } from '../io.ts'

/** A token that was given as an argument or on stdin, alone or as an `Authorization` header. */
export async function readToken(given: string, io: Io): Promise<string> {
  const text = given === '-' ? new TextDecoder().decode(await readStdin(io)) : given
  const line = text.trim().replace(/^authorization:\s*/i, '')
  return /^[\w-]+\s+(\S+)$/.exec(line)?.[1] ?? line
}
