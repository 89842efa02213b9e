import { loadProviders, type ProviderId, providerIds } from '../../src/providers.ts'
import { fails, type MakeTables, type Row } from './row.ts'

const token = /^[\w.~+/-]+=*\n$/
const emulated = ['--environment', 'emulator']
const utgl = ['--method', 'GET', '--uri', '/v1/ping']
const { PATH = '' } = process.env
const print = [process.execPath, '-e', 'console.log("ran", "with", process.env.TOKEN.length > 9)']

/** Commands that get a token, or send with one. */
export const callTables: MakeTables = async (scenario) => {
  const providers = await loadProviders()
  const path = (id: string) => providers.find((provider) => provider.id === id)?.example.path ?? ''
  const env = scenario.variables
  const each = (ids: readonly ProviderId[], make: (id: ProviderId) => Row) => ids.map(make)
  const all = providerIds()
  const exchanging = ['speeda', 'paymentsgate'] as const
  return {
    token: {
      success: [
        ...each(all, (id) => ({
          words: [id, ...emulated, ...(id === 'utgl' ? utgl : [])],
          stdout: token,
          stderr: '',
          exitCode: 0,
        })),
        ...each(all, (id) => ({
          words: [id, '--header', ...(id === 'utgl' ? utgl : [])],
          given: { env: env(id, 'known') },
          stdout: /^Authorization: (Bearer|Token) \S+\n$/,
          stderr: '',
          exitCode: 0,
          notJson: 'two forms at once are a usage error',
        })),
      ],
      'bad usage': [
        {
          words: [],
          ...fails(2, 'CONFIG_INVALID', 'Missing required argument `provider`. Providers: speeda'),
        },
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
        { words: ['utgl', ...emulated], ...fails(2, 'CONFIG_INVALID', '--method and --uri are missing') },
        {
          words: ['speeda', '--min-ttl', 'soon'],
          ...fails(2, 'CONFIG_INVALID', '--min-ttl must be a duration'),
        },
        {
          words: ['speeda', '--header', '--format', 'env'],
          ...fails(2, 'CONFIG_INVALID', 'cannot be used together'),
        },
        {
          words: ['cdata', '--private-key', scenario.files.missing, '--account-id', 'a'],
          ...fails(2, 'CONFIG_INVALID', 'ENOENT'),
        },
      ],
      'bad key': [
        ...each(all, (id) => ({
          words: [id, ...(id === 'utgl' ? utgl : [])],
          given: { env: env(id, 'bad key') },
          ...fails(3, 'KEY_MALFORMED', `${id}: `),
        })),
        {
          words: ['cdata', '--account-id', 'a', '--private-key', scenario.files.shortKey],
          ...fails(3, 'KEY_TOO_SHORT', 'cdata: '),
        },
      ],
      refusal: [
        ...each(exchanging, (id) => ({
          words: [id],
          given: { env: env(id, 'stranger') },
          ...fails(4, 'TOKEN_REQUEST_REJECTED', `${id}: `),
        })),
        ...each(exchanging, (id) => ({
          words: [id],
          given: { env: env(id, 'garbled') },
          ...fails(4, 'TOKEN_RESPONSE_INVALID', 'it is HTML or XML'),
        })),
      ],
      'network failure': [
        ...each(exchanging, (id) => ({
          words: [id],
          given: { env: env(id, 'unreachable') },
          ...fails(5, 'NETWORK', 'ECONNREFUSED'),
        })),
        ...each(exchanging, (id) => ({
          words: [id],
          given: { env: env(id, 'redirecting') },
          ...fails(5, 'REDIRECT_REFUSED', 'was redirected to https://elsewhere.example'),
        })),
        ...each(exchanging, (id) => ({
          words: [id],
          given: { env: env(id, 'cut off') },
          ...fails(4, 'TOKEN_RESPONSE_INVALID', 'cut off'),
        })),
      ],
    },
    request: {
      success: [
        ...each(all, (id) => ({
          words: [id, path(id)],
          given: { env: env(id, 'known') },
          stdout: /^[[{].*[\]}]\n?$/s,
          stderr: '',
          exitCode: 0,
        })),
        {
          words: ['utgl', 'ping', '--dry-run', ...emulated],
          stdout: /^GET .*\/v1\/ping/,
          stderr: 'Nothing is sent.\n',
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: ['utgl'], ...fails(2, 'CONFIG_INVALID', 'Missing required argument `path`') },
        { words: ['nobody', '/'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
        {
          words: ['utgl', 'https://elsewhere.example/', ...emulated],
          ...fails(2, 'ORIGIN_REFUSED', 'elsewhere.example'),
        },
        ...[
          [['--retry', 'x'], '--retry must be a whole number'],
          [['--timeout', 'soon'], '--timeout must be a duration'],
          [['-F', 'a=@/nowhere/file'], 'ENOENT'],
          [['-F', 'a=b', '-d', 'c'], 'cannot be used together'],
          [['-H', 'nonsense'], "-H must be a header such as 'Name: value'"],
          [['-o', '/nowhere/file'], 'cannot be written: its folder does not exist (ENOENT)'],
          [['--curl', '--dry-run'], 'cannot be used together'],
        ].map(([words, problem]) => ({
          words: ['utgl', 'ping', ...emulated, ...(words as string[])],
          ...fails(2, 'CONFIG_INVALID', String(problem)),
        })),
        {
          words: ['utgl', 'ping', '-d', '@/nowhere/body', ...emulated],
          ...fails(2, 'CONFIG_INVALID', 'ENOENT'),
        },
      ],
      'bad key': each(all, (id) => ({
        words: [id, path(id)],
        given: { env: env(id, 'bad key') },
        ...fails(3, 'KEY_MALFORMED', `${id}: `),
      })),
      refusal: [
        ...each(['cdata', 'utgl', 'victor'], (id) => ({
          words: [id, path(id)],
          given: { env: env(id, 'stranger') },
          stdout: /\S/,
          stderr: new RegExp(`^HTTP_STATUS: ${id}: .*401`),
          exitCode: 4,
        })),
        ...each(exchanging, (id) => ({
          words: [id, path(id)],
          given: { env: env(id, 'stranger') },
          ...fails(4, 'TOKEN_REQUEST_REJECTED', `${id}: `),
        })),
      ],
      'network failure': [
        ...each(all, (id) => ({
          words: [id, path(id)],
          given: { env: env(id, 'unreachable') },
          ...fails(5, 'NETWORK', 'ECONNREFUSED'),
        })),
        ...each(all, (id) => ({
          words: [id, path(id)],
          given: { env: env(id, 'redirecting') },
          ...fails(5, 'REDIRECT_REFUSED', 'was redirected to https://elsewhere.example'),
        })),
        ...each(['cdata', 'utgl', 'victor'], (id) => ({
          words: [id, path(id)],
          given: { env: env(id, 'cut off') },
          ...fails(5, 'NETWORK', 'was cut off'),
        })),
      ],
    },
    exec: {
      success: [
        ...each(['speeda', 'cdata', 'victor', 'paymentsgate'], (id) => ({
          words: [id, '--env', 'TOKEN', ...emulated, '--', ...print],
          given: { env: { PATH } },
          stdout: 'ran with true\n',
          stderr: '',
          exitCode: 0,
          notJson: "stdout is the program's",
        })),
      ],
      'bad usage': [
        { words: ['speeda'], ...fails(2, 'CONFIG_INVALID', 'Missing required argument `command`') },
        {
          words: ['nobody', '--', 'true'],
          ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name'),
        },
        { words: ['utgl', '--', 'true'], ...fails(2, 'CONFIG_INVALID', 'signs each request separately') },
        {
          words: ['speeda', '--env', '1x', '--', 'true'],
          ...fails(2, 'CONFIG_INVALID', '--env takes the name'),
        },
        {
          words: ['speeda', ...emulated, '--', './no-such-program'],
          given: { env: { PATH } },
          ...fails(127, 'COMMAND_NOT_FOUND', 'Program not found'),
        },
      ],
      'bad key': each(['speeda', 'cdata', 'victor', 'paymentsgate'], (id) => ({
        words: [id, '--', ...print],
        given: { env: { ...env(id, 'bad key'), PATH } },
        ...fails(3, 'KEY_MALFORMED', `${id}: `),
      })),
      refusal: each(exchanging, (id) => ({
        words: [id, '--', ...print],
        given: { env: { ...env(id, 'stranger'), PATH } },
        ...fails(4, 'TOKEN_REQUEST_REJECTED', `${id}: `),
      })),
      'network failure': each(exchanging, (id) => ({
        words: [id, '--', ...print],
        given: { env: { ...env(id, 'unreachable'), PATH } },
        ...fails(5, 'NETWORK', 'ECONNREFUSED'),
      })),
    },
  }
}
