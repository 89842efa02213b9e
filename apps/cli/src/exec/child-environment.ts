import type { Provider } from '@countersign/core'
import { toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'

/** Names of variables that hold a secret, or the path of one. */
const secretName =
  /^COUNTERSIGN_(?:\w+_)?(?:KEYS?|SECRET|PASSPHRASE|PASSWORD|TOKEN|CREDENTIALS|STORE)(?:_FILE)?$/i

/**
 * The environment of the child: ours and what is added, without the credentials of any provider and without the
 * secrets of the command itself.
 */
export function childEnvironment(
  env: Io['env'],
  providers: readonly Pick<Provider, 'id' | 'fields'>[],
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const credentials = new Set(
    providers.flatMap(({ id, fields }) =>
      Object.entries(fields)
        .filter(([, { kind }]) => kind === 'secret' || kind === 'private-key' || kind === 'public-key')
        .flatMap(([option]) => [toVariable(id, option), `${toVariable(id, option)}_FILE`]),
    ),
  )
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !secretName.test(entry[0]) && !credentials.has(entry[0]),
  )
  return { ...Object.fromEntries(kept), ...added }
}
