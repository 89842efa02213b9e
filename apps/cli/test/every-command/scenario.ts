import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { toVariable } from '../../src/field-names.ts'
import { type ProviderId, providerIds } from '../../src/providers.ts'
import { createScratch, runCommand } from '../run-command.ts'

/** How a provider and its credentials stand to each other, and what goes wrong between them. */
export type Standing =
  | 'known'
  | 'stranger'
  | 'bad key'
  | 'unreachable'
  | 'redirecting'
  | 'garbled'
  | 'cut off'

/** Five emulators, a port where nobody listens, and files of every kind of key. */
export interface Scenario extends AsyncDisposable {
  /** A port that is taken. */
  takenPort: string
  /** A folder for what a command writes. */
  folder: string
  /** Paths: a private key and its public half, the public half of another, and files that are not keys. */
  files: Readonly<Record<'key' | 'publicKey' | 'otherPublicKey' | 'shortKey' | 'noKey' | 'missing', string>>
  /** The variables of a provider. */
  variables(provider: ProviderId, standing: Standing): Record<string, string>
  /** Writes a file of profiles and returns the variables that lead to it. */
  profiles(toml: string): Promise<Record<string, string>>
  /** Makes a current folder with a profile file, for a user who has no other. */
  projectFolder(toml: string): Promise<{ env: Record<string, string>; cwd: () => string }>
}

const { rsa2048, otherRsa2048 } = fixedKeys

/** Creates the scenario that commands run in. */
export async function createScenario(): Promise<Scenario> {
  const scratch = await createScratch()
  const dead = createServer().listen(0, '127.0.0.1')
  await once(dead, 'listening')
  const deadUrl = `http://127.0.0.1:${(dead.address() as AddressInfo).port}`
  await new Promise((resolve) => dead.close(resolve))
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const files = {
    key: await scratch.file('key.pem', rsa2048.privateKey),
    publicKey: await scratch.file('public.pem', rsa2048.publicKey),
    otherPublicKey: await scratch.file('other-public.pem', otherRsa2048.publicKey),
    shortKey: await scratch.file('short.pem', short.export({ type: 'pkcs8', format: 'pem' })),
    noKey: await scratch.file('no-key.pem', 'no key at all'),
    missing: join(scratch.path, 'missing.pem'),
  }
  const emulators = await startEmulators(files.publicKey)
  const redirecting = await startRecordingServer(() => ({
    status: 307,
    headers: { location: 'https://elsewhere.example/' },
  }))
  const garbled = await startRecordingServer(() => ({ body: '<html>hunter2hunter2' }))
  const cutOff = await startRecordingServer(() => ({ body: '{"answer":"whole"}', cutAfter: 0 }))
  const addresses: Partial<Record<Standing, string>> = {
    unreachable: deadUrl,
    redirecting: redirecting.url,
    garbled: garbled.url,
    'cut off': cutOff.url,
  }
  let folders = 0
  return {
    takenPort: new URL(emulators.of('utgl').baseUrl).port,
    folder: scratch.path,
    files,
    variables(provider, standing) {
      const { baseUrl, credentials } = emulators.of(provider)
      const { [standing]: other } = addresses
      const options: Record<string, string> = {
        ...credentialsOf(provider, credentials),
        baseUrl: other === undefined ? baseUrl : `${other}${new URL(baseUrl).pathname}`,
      }
      const name = provider === 'paymentsgate' ? 'publicKey' : 'privateKey'
      if (standing === 'bad key') options[name] = 'no key at all'
      if (standing === 'stranger' && provider === 'paymentsgate') options['accountId'] = 'nobody'
      else if (standing === 'stranger') options[name] = otherRsa2048.privateKey
      return Object.fromEntries(
        Object.entries(options).map(([option, value]) => [toVariable(provider, option), value]),
      )
    },
    async profiles(toml) {
      const home = join(scratch.path, `home-${++folders}`)
      const path = join(home, 'countersign', 'countersign.toml')
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, toml)
      return { XDG_CONFIG_HOME: home }
    },
    async projectFolder(toml) {
      const folder = join(scratch.path, `project-${++folders}`)
      await mkdir(folder)
      await writeFile(join(folder, 'countersign.toml'), toml)
      return { env: { XDG_CONFIG_HOME: `${folder}-home` }, cwd: () => folder }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([emulators.stop(), redirecting.close(), garbled.close(), cutOff.close()])
      await scratch[Symbol.asyncDispose]()
    },
  }
}

interface Emulated {
  baseUrl: string
  credentials: Record<string, string>
}

/** `countersign emulator`, to which one public key is known. */
async function startEmulators(publicKey: string) {
  const stopped = Promise.withResolvers<void>()
  const listening = Promise.withResolvers<Record<string, Emulated>>()
  const register = providerIds().flatMap((id) => ['--register', `${id}=${publicKey}`])
  const ended = runCommand(['emulator', '--port', '0', '--json', '--quiet', ...register], {
    untilStopped: () => stopped.promise,
    onStdout: (text) => listening.resolve(JSON.parse(text).providers),
  })
  ended.then(({ stderr }) => listening.reject(new Error(stderr)), listening.reject)
  const providers = await listening.promise
  return {
    of: (id: ProviderId) => providers[id] ?? { baseUrl: '', credentials: {} },
    async stop() {
      stopped.resolve()
      await ended
    },
  }
}

/** What an emulator handed out, as a program of that provider would be given it. */
function credentialsOf(provider: ProviderId, known: Record<string, string>): Record<string, string> {
  if (provider === 'paymentsgate') return known
  const { clientId: _id, clientSecret: _secret, ...others } = known
  if (provider === 'victor') return { ...others, environment: 'production', privateKey: rsa2048.privateKey }
  return { ...known, privateKey: rsa2048.privateKey }
}
