import { readFile } from 'node:fs/promises'
import { generateKeyPair } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { nowOf } from '../io.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { type ProviderId, providerIds, toProviderId } from '../providers.ts'
import { type AnsweredRequest, type MountedEmulator, serveEmulators } from '../serve-emulators.ts'
import { UsageError } from '../usage-error.ts'

interface EmulatorCommandOptions extends GlobalOptions {
  port: number
  register?: readonly Registration[]
  environment?: 'production' | 'staging'
}

interface Registration {
  id: ProviderId
  file: string
}

const examples = `
Examples:
  countersign emulator
  countersign emulator utgl --register utgl=public_key.pem
  countersign emulator speeda victor --port 0 --json`

/** `countersign emulator [provider…]` */
export const configureEmulator: ConfigureCommand = async (command, { io }) => {
  const { Option } = await import('commander')
  command
    .argument('[provider...]', 'the providers; all five when none is named')
    .option('--port <n>', 'the port on loopback; 0 takes any that is free', toPort, 4400)
    .option(
      '--register <provider=file>',
      'a public key that is known to that provider; repeatable',
      toRegistration,
    )
    .addOption(
      new Option('--environment <name>', 'the environment that Victor’s emulator plays').choices([
        'production',
        'staging',
      ]),
    )
  command.addHelpText('after', examples)
  command.action(async (names: readonly string[]) => {
    const options = command.optsWithGlobals<EmulatorCommandOptions>()
    const output = createOutput(io, options)
    const { port, register = [], environment } = options
    const ids = names.length === 0 ? [...providerIds] : [...new Set(names.map(toProviderId))]
    const stranger = register.find(({ id }) => !ids.includes(id))
    if (stranger !== undefined)
      throw new UsageError(`--register ${stranger.id}: that emulator is not started.`)
    const keys = await Promise.all(
      register.map(async ({ id, file }) => ({ id, key: await readKey(id, file) })),
    )
    const served = await serveEmulators({
      ids,
      port,
      clock: io.clock,
      ...(environment === undefined ? {} : { environment }),
      onAnswer: (answered) => output.talk(toLogLine(answered, nowOf(io), output)),
    })
    try {
      const providers = Object.fromEntries(
        await Promise.all(
          served.mounted.map(async (mounted) => {
            const own = keys.filter(({ id }) => id === mounted.id).map(({ key }) => key)
            return [
              mounted.id,
              { baseUrl: mounted.baseUrl, credentials: await registerAll(mounted, own) },
            ] as const
          }),
        ),
      )
      if (output.json) output.value({ providers })
      else output.result(toText(providers))
      output.talk('Serving on this computer only; Ctrl-C ends it.')
      await (io.untilStopped?.() ?? new Promise(() => undefined))
    } finally {
      await served.close()
    }
  })
}

/** Credentials for the keys that were brought, the last one’s if there are several; else for a new key. */
async function registerAll({ id, emulator }: MountedEmulator, keys: readonly string[]): Promise<object> {
  let credentials: object | undefined
  for (const key of keys) credentials = await emulator.register(key)
  if (credentials !== undefined) return credentials
  const { privateKey, publicKey } = await generateKeyPair()
  const made = await emulator.register(publicKey)
  return id === 'paymentsgate' ? made : { ...made, privateKey }
}

function toText(providers: Readonly<Record<string, { baseUrl: string; credentials: object }>>): string {
  const blocks = Object.entries(providers).map(([id, { baseUrl, credentials }]) => {
    const shown = Object.entries(credentials).map(([name, value]) =>
      String(value).includes('-----BEGIN')
        ? `  ${name}: made for this run; --json shows it`
        : `  ${name}: ${value}`,
    )
    return [`${id}  ${baseUrl}`, ...shown].join('\n')
  })
  return blocks.join('\n')
}

function toLogLine(
  { id, method, path, status, rule }: AnsweredRequest,
  now: number,
  { paintTalk }: Output,
): string {
  const colour = status !== undefined && status < 400 ? 'green' : 'red'
  const time = new Date(now).toISOString().slice(11, 19)
  const head = `${time} ${id ?? '-'} ${method} ${path} ${paintTalk(colour, String(status ?? 'no answer'))}`
  return rule === undefined ? head : `${head} ${rule.id}: ${rule.sentence} ${rule.source}`
}

function toPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UsageError('--port must be a number from 0 to 65535.')
}

function toRegistration(text: string, all: readonly Registration[] = []): readonly Registration[] {
  const [name = '', ...rest] = text.split('=')
  const file = rest.join('=')
  if (file === '') throw new UsageError('--register takes <provider>=<file>, such as speeda=public_key.pem.')
  return [...all, { id: toProviderId(name), file }]
}

async function readKey(id: ProviderId, file: string): Promise<string> {
  try {
    const bytes = await readFile(file)
    // DER begins with a SEQUENCE; as text it travels in Base64.
    return bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('utf8')
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`the file of --register ${id} cannot be read (${code}).`)
  }
}
