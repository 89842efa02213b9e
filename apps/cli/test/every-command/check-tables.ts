import { createFixedClock } from '@countersign/testing'
import { providerIds } from '../../src/providers.ts'
import { runCommand } from '../run-command.ts'
import { fails, type MakeTables } from './row.ts'
import type { Scenario } from './scenario.ts'

const emulated = ['--environment', 'emulator']
/** A request is judged at the time that it was signed, however long the tests take. */
const clock = createFixedClock()

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.AAAA'

/** Commands that find out what is wrong, or what holds. */
export const checkTables: MakeTables = async (scenario) => {
  const env = scenario.variables
  const sendsNothing = {
    refusal: { never: 'It sends nothing: no provider can refuse.' },
    'network failure': { never: 'It sends nothing.' },
  }
  return {
    doctor: {
      success: [
        ...providerIds().map((id) => ({ words: [id, ...emulated], stdout: /✓/, stderr: '', exitCode: 0 })),
        ...providerIds().map((id) => ({
          words: [id, '--online'],
          given: { env: env(id, 'known') },
          stdout: /✓/,
          stderr: '',
          exitCode: 0,
        })),
      ],
      'bad usage': [
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
        { words: ['utgl', 'cdata'], ...fails(2, 'CONFIG_INVALID', 'Too many arguments') },
        { words: ['utgl'], stdout: /✗ .*COUNTERSIGN_UTGL_ACCESS_KEY/, stderr: '', exitCode: 2 },
      ],
      'bad key': providerIds().map((id) => ({
        words: [id],
        given: { env: env(id, 'bad key') },
        stdout: /✗ /,
        stderr: '',
        exitCode: 3,
      })),
      refusal: providerIds().map((id) => ({
        words: [id, '--online'],
        given: { env: env(id, 'stranger') },
        stdout: /✗ /,
        stderr: '',
        exitCode: 4,
      })),
      'network failure': providerIds().map((id) => ({
        words: [id],
        given: { env: env(id, 'unreachable') },
        stdout: /✗ .*ECONNREFUSED|✗ .*refus/,
        stderr: '',
        exitCode: 5,
      })),
    },
    whoami: {
      success: [
        ...providerIds().map((id) => ({
          words: [id],
          given: { env: env(id, 'known') },
          stdout: new RegExp(`^${id}\\n  base URL `),
          stderr: '',
          exitCode: 0,
        })),
        ...providerIds().map((id) => ({
          words: [id, '--online'],
          given: { env: env(id, 'known') },
          stdout: /^ {2}✓ .* answered /m,
          stderr: '',
          exitCode: 0,
        })),
      ],
      'bad usage': [
        { words: [], ...fails(2, 'CONFIG_INVALID', 'Nothing is set up') },
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
        { words: ['--access-key', 'a'], ...fails(2, 'CONFIG_INVALID', 'Name the provider') },
        { words: ['utgl'], ...fails(2, 'CONFIG_INVALID', '--access-key (COUNTERSIGN_UTGL_ACCESS_KEY)') },
      ],
      'bad key': providerIds().map((id) => ({
        words: [id],
        given: { env: env(id, 'bad key') },
        ...fails(3, 'KEY_MALFORMED', `${id}: `),
      })),
      refusal: providerIds().map((id) => ({
        words: [id, '--online'],
        given: { env: env(id, 'stranger') },
        stdout: /^ {2}✗ (TOKEN_REQUEST_REJECTED|HTTP_STATUS): /m,
        stderr: '',
        exitCode: 4,
      })),
      'network failure': providerIds().map((id) => ({
        words: [id, '--online'],
        given: { env: env(id, 'unreachable') },
        stdout: /^ {2}✗ NETWORK: /m,
        stderr: '',
        exitCode: 5,
      })),
    },
    logout: {
      success: [
        { words: [], stdout: '', stderr: 'Nothing is set up, so no token is kept.\n', exitCode: 0 },
        { words: ['--all'], stdout: /^No token is kept in \S+\.\n$/, stderr: '', exitCode: 0 },
        ...providerIds().map((id) => ({
          words: [id],
          given: { env: env(id, 'known') },
          stdout: `${id}: no token is kept.\n`,
          stderr: '',
          exitCode: 0,
        })),
      ],
      'bad usage': [
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
        { words: ['--access-key', 'a'], ...fails(2, 'CONFIG_INVALID', 'Name the provider') },
        {
          words: ['--all', '--profile', 'a'],
          ...fails(2, 'CONFIG_INVALID', '--all removes the tokens of every'),
        },
        { words: ['utgl'], ...fails(2, 'CONFIG_INVALID', '--access-key (COUNTERSIGN_UTGL_ACCESS_KEY)') },
      ],
      'bad key': providerIds().map((id) => ({
        words: [id],
        given: { env: env(id, 'bad key') },
        ...fails(3, 'KEY_MALFORMED', `${id}: `),
      })),
      refusal: { never: 'It sends nothing to a provider: none can refuse.' },
      'network failure': [
        {
          words: ['speeda', '--token-store', 'redis://127.0.0.1:1'],
          given: {
            env: {
              ...env('speeda', 'known'),
              COUNTERSIGN_TOKEN_STORE_KEYS: Buffer.alloc(32).toString('base64'),
            },
          },
          ...fails(5, 'NETWORK', 'The token is not removed from the token store.'),
        },
      ],
    },
    explain: {
      success: [
        { words: ['utgl'], stdout: /^UTGL.*utgl\.exp\n/s, stderr: '', exitCode: 0 },
        {
          words: ['-'],
          given: { stdin: await utglRequest(scenario), clock },
          stdout: /✓ .*utgl\.signature/s,
          stderr:
            /^UTGL Issuing \(utgl\), recognised by .*\nGET request with a body of 0 bytes\.\nalg "RS256"/,
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: [], ...fails(2, 'CONFIG_INVALID', 'Name a provider, or pass the input') },
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', '`nobody` is neither a provider') },
        { words: ['utgl', '@/nowhere/token'], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
        { words: [token], ...fails(2, 'CONFIG_INVALID', 'This JWT does not belong to a known provider') },
        {
          words: ['utgl', '--key', scenario.files.noKey],
          ...fails(2, 'CONFIG_INVALID', '--key judges a token or a request, and none was given'),
        },
        {
          words: ['victor', token, '--environment', 'moon'],
          ...fails(2, 'CONFIG_INVALID', '--environment must be production or staging'),
        },
        { words: ['utgl', token, '--key', scenario.files.missing], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
        { words: ['utgl', 'no-token'], ...fails(6, 'TOKEN_MALFORMED', '') },
        {
          words: ['utgl', token],
          stdout: /✗ `typ` was missing\. `typ` must be `JWT`\. utgl\.typ/,
          stderr: /^alg "RS256"\nRULE_VIOLATED: utgl: the token breaks utgl\.typ, .*\n$/,
          exitCode: 6,
        },
      ],
      'bad key': [
        { words: ['utgl', token, '--key', scenario.files.noKey], ...fails(3, 'KEY_MALFORMED', 'utgl: ') },
      ],
      ...sendsNothing,
    },
  }
}

/** A request as it goes over the wire, signed by this command. */
async function utglRequest({ variables }: Scenario): Promise<string> {
  const words = ['token', 'utgl', '--header', '--method', 'GET', '--uri', '/v1/ping']
  const env = { ...variables('utgl', 'known'), COUNTERSIGN_UTGL_BASE_URL: '' }
  const { stdout } = await runCommand(words, { env, clock })
  return `GET /v1/ping HTTP/1.1\r\nHost: access.utgl.io\r\n${stdout.trim()}\r\n\r\n`
}
