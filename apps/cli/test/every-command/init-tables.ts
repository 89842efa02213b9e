import { fails, type MakeTables, type Row } from './row.ts'

/** `init` without a terminal; what it asks at one is tried with key strokes elsewhere. */
export const initTables: MakeTables = ({ files, profiles }) => {
  /** Each run has a folder of its own, with this file of profiles in it. */
  const row = (toml: string, rest: Omit<Row, 'given'>): Row => ({
    ...rest,
    given: async () => ({ env: await profiles(toml) }),
  })
  const cdata = (key: string) => ['cdata', '--account-id', 'account-1', '--private-key', key, '--yes']
  const usage = (words: readonly string[], problem: string, toml = '') =>
    row(toml, { words, ...fails(2, 'CONFIG_INVALID', problem) })
  const key = (path: string, code: string) => row('', { words: cdata(path), ...fails(3, code, 'cdata: ') })
  return {
    init: {
      success: [
        row('', {
          words: cdata(files.key),
          stdout: /^Saved profile cdata \(provider cdata\) in .*countersign\.toml\.\n$/,
          stderr:
            /^Dry run: \d+ rules passed, none failed; .* Nothing was sent\.\nNext: countersign doctor cdata/,
          exitCode: 0,
        }),
        row('', {
          words: ['utgl', '--environment', 'emulator', '--yes'],
          stdout: /^Saved profile utgl \(provider utgl\) in /,
          stderr: /Nothing was sent\.\n/,
          exitCode: 0,
        }),
      ],
      'bad usage': [
        usage([], 'Name the provider: countersign init <provider>'),
        usage(['nobody', '--yes'], 'There is no provider of that name'),
        usage(['cdata', '--yes'], 'cdata: --account-id and --private-key are missing.'),
        usage(['victor', '--client-secret', 'hunter2hunter2', '--yes'], 'COUNTERSIGN_VICTOR_CLIENT_SECRET'),
        usage(['paymentsgate', '--generate-key', '--yes'], 'takes no key of your own'),
        usage([...cdata(files.key), '--profile', 'no name'], 'make a name'),
        usage(cdata('-'), 'a profile holds the path of a file'),
        usage(cdata(files.missing), 'missing.pem (--private-key) does not exist (ENOENT)'),
        ...[cdata(files.key), ['utgl', '--generate-key', '--yes']].map((words) => ({
          words,
          ...fails(2, 'CONFIG_INVALID', 'cannot be made (ENOTDIR)'),
        })),
        usage(cdata(files.key), 'there is a profile cdata in', taken),
        usage(cdata(files.key), 'is not valid TOML', 'nonsense = ['),
      ],
      'bad key': [
        key(files.noKey, 'KEY_MALFORMED'),
        key(files.shortKey, 'KEY_TOO_SHORT'),
        key(files.publicKey, 'KEY_NOT_PRIVATE'),
      ],
      refusal: { never: 'Its dry run sends nothing: no provider can refuse.' },
      'network failure': { never: 'Its dry run sends nothing.' },
    },
  }
}

const taken = '[profiles.cdata]\nprovider = "cdata"\naccountId = "account-2"\nprivateKey = "key.pem"\n'
