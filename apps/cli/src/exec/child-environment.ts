import type { Io } from '../io.ts'

/** Variables that hold what proofs are made with: a program that has the token needs none of them. */
const credentials = /^COUNTERSIGN_(?:\w+_)?(?:PRIVATE_KEY|PUBLIC_KEY|CLIENT_SECRET|PASSPHRASE)$/i

/** The environment of the child: ours, with the token and without what it was got with. */
export function childEnvironment(env: Io['env'], name: string, token: string): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !credentials.test(entry[0]),
  )
  return { ...Object.fromEntries(kept), [name]: token }
}
