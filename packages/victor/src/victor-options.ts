import type { CommonOptions, KeyRingEntry, PrivateKeyInput, Secret } from '@countersign/core'
import {
  ConfigError,
  choiceField,
  commonFields,
  type Field,
  keyField,
  keyListField,
  optionalField,
  type ParsedOptions,
  parseOptions,
  secondsField,
  secretField,
  textField,
} from '@countersign/core/provider'

/** Keys work only in the environment that made them. */
export type VictorEnvironment = 'production' | 'staging'

interface VictorCommonOptions extends CommonOptions {
  /** The environment that made the key; there is no default. */
  environment: VictorEnvironment
}

interface VictorJwtCommonOptions extends VictorCommonOptions {
  /** The API key, a UUID. */
  apiKey: string
  /**
   * How long a token lives, in seconds, back-dating included. Default 300; at most 300 in production and
   * 3600 in staging.
   */
  lifetimeSeconds?: number | undefined
  /** Whether a token is reused until it is about to expire. Default `never`, as the documentation advises. */
  reuse?: 'never' | 'until-expiry' | undefined
  clientId?: undefined
  clientSecret?: undefined
}

/** Options for a client JWT key: one private key, or several with their times. */
export type VictorJwtOptions = VictorJwtCommonOptions &
  (
    | {
        /** The private key that was generated with the API key: PEM, DER, JWK, Base64 of these, CryptoKey or SigningKey. */
        privateKey: PrivateKeyInput
        privateKeys?: undefined
      }
    | {
        /** The keys with their times: the next one takes over at its `notBefore`, without a restart. */
        privateKeys: readonly KeyRingEntry[]
        privateKey?: undefined
      }
  )

/** Options for an OAuth key. */
export interface VictorOAuthOptions extends VictorCommonOptions {
  clientId: string
  clientSecret: string | Secret
  apiKey?: undefined
  privateKey?: undefined
  privateKeys?: undefined
  lifetimeSeconds?: undefined
  reuse?: undefined
}

/** Options of `createVictor`: one kind of key or the other. */
export type VictorOptions = VictorJwtOptions | VictorOAuthOptions

/** Every option: its label, help and check. */
export const victorFields: typeof commonFields & {
  environment: Field<VictorEnvironment>
  apiKey: Field<string | undefined>
  privateKey: Field<PrivateKeyInput | undefined>
  privateKeys: Field<readonly KeyRingEntry[] | undefined>
  lifetimeSeconds: Field<number>
  reuse: Field<'never' | 'until-expiry' | undefined>
  clientId: Field<string | undefined>
  clientSecret: Field<Secret | undefined>
} = {
  environment: choiceField({
    title: 'Environment',
    help: 'The environment that made the key; a key works in no other.',
    choices: ['production', 'staging'],
  }),
  apiKey: optionalField(
    textField({
      title: 'API key',
      help: 'The UUID of a client JWT key.',
      example: '00000000-0000-4000-8000-000000000000',
    }),
  ),
  privateKey: optionalField(
    keyField<PrivateKeyInput>('private-key', {
      title: 'Private key',
      help: 'The RSA key that was generated with the API key; it cannot be fetched again.',
    }),
  ),
  privateKeys: optionalField(keyListField<KeyRingEntry>({ withKeyId: false })),
  lifetimeSeconds: secondsField({
    title: 'Lifetime',
    help: 'How long a token lives: at most 300 s in production, 3600 s in staging.',
    goesWith: 'privateKey',
    defaultValue: 300,
    max: 3600,
  }),
  reuse: optionalField(
    choiceField({
      title: 'Reuse',
      help: 'Whether a token is used again; a new one for each request is advised.',
      goesWith: 'privateKey',
      choices: ['never', 'until-expiry'],
    }),
  ),
  clientId: optionalField(
    textField({ title: 'Client id', help: 'Of an OAuth key.', example: 'example-client' }),
  ),
  clientSecret: optionalField(secretField({ title: 'Client secret', help: 'Of an OAuth key.' })),
  ...commonFields,
}

/** What `parseVictorOptions` returns: which kind of key it is, and its options. */
export type ParsedVictorOptions = ParsedOptions<typeof victorFields> &
  (
    | { kind: 'jwt'; apiKey: string; privateKeys: readonly KeyRingEntry[] }
    | { kind: 'oauth'; clientId: string; clientSecret: Secret }
  )

const longestSeconds = { production: 300, staging: 3600 }

/**
 * Checks options and finds out which kind of key they are for.
 *
 * @throws {ConfigError} `CONFIG_INVALID`, also for a mix of both kinds.
 */
export function parseVictorOptions(input: VictorOptions): ParsedVictorOptions {
  const options = parseOptions(victorFields, input, 'victor')
  const { environment, apiKey, privateKey, privateKeys, lifetimeSeconds, clientId, clientSecret } = options
  const given = [apiKey, privateKey, privateKeys, input.lifetimeSeconds, input.reuse]
  const ofJwt = given.some((value) => value !== undefined)
  const ofOAuth = clientId !== undefined || clientSecret !== undefined
  if (ofJwt && ofOAuth) throw mistake('Options of both kinds of keys are mixed.')
  if (privateKey !== undefined && privateKeys !== undefined)
    throw mistake('`privateKey` and `privateKeys` are mixed.')
  const keys = privateKeys ?? (privateKey === undefined ? undefined : [{ privateKey }])
  if (!ofOAuth && apiKey !== undefined && keys !== undefined) {
    const longest = longestSeconds[environment]
    if (lifetimeSeconds > longest)
      throw mistake(`\`lifetimeSeconds\` is more than ${longest}, the maximum in ${environment}.`)
    return { ...options, kind: 'jwt', apiKey, privateKeys: keys }
  }
  if (clientId !== undefined && clientSecret !== undefined)
    return { ...options, kind: 'oauth', clientId, clientSecret }
  const missing = Object.entries(ofOAuth ? { clientId, clientSecret } : { apiKey, privateKey: keys })
  const names = missing.filter(([, value]) => value === undefined).map(([name]) => `\`${name}\` is missing.`)
  throw mistake(names.join(' '))
}

function mistake(problem: string): ConfigError {
  return new ConfigError(problem, {
    provider: 'victor',
    hint: 'Pass `apiKey` and `privateKey` of a client JWT key, or `clientId` and `clientSecret` of an OAuth key.',
  })
}
