import { once } from 'node:events'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { fixedKeys } from '@countersign/fixtures'
import { type Outcome, runCommand } from './run-command.ts'

/** What `proxy --json` prints when it listens. */
export interface Announced {
  url: string
  /** Of a provider that is alone. */
  baseUrl?: string
  socket?: string
  adminUrl?: string
  secretHeader?: string
  secret?: string
  mounts?: { mount: string; provider: string; profile?: string; url: string; baseUrl: string }[]
}

/** A proxy that runs. */
export interface RunningProxy extends Announced {
  /** The header that lets a request through. */
  pass: Record<string, string>
  /** Asks it to end. */
  stop(): void
}

type Given = NonNullable<Parameters<typeof runCommand>[1]> & {
  /** Whether every mount has a port of its own. */
  ownPorts?: boolean
}

/** Credentials of each provider, with a published key. */
const credentials: Record<string, string> = {
  COUNTERSIGN_UTGL_ACCESS_KEY: 'access-key-1',
  COUNTERSIGN_UTGL_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
  COUNTERSIGN_CDATA_ACCOUNT_ID: 'account-1',
  COUNTERSIGN_CDATA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
  COUNTERSIGN_SPEEDA_CLIENT_ID: 'client-1',
  COUNTERSIGN_SPEEDA_KEY_ID: 'key-1',
  COUNTERSIGN_SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
}

/** Runs `proxy` until `use` is done with it. */
export async function withProxy(
  argv: readonly string[],
  use: (proxy: RunningProxy) => Promise<void>,
  { ownPorts, ...given }: Given = {},
): Promise<Outcome> {
  const stopped = Promise.withResolvers<void>()
  let using: Promise<void> | undefined
  const place = argv.includes('--socket') || ownPorts ? [] : ['--port', '0']
  const ended = await runCommand(['proxy', '--json', ...place, ...argv], {
    ...given,
    env: { ...credentials, ...given.env },
    untilStopped: () => stopped.promise,
    onStdout: (text) => {
      const announced = JSON.parse(text) as Announced
      const { secretHeader = '', secret = given.env?.['COUNTERSIGN_PROXY_SECRET'] } = announced
      const pass: Record<string, string> = secret === undefined ? {} : { [secretHeader]: secret }
      using ??= use({ ...announced, pass, stop: stopped.resolve }).finally(stopped.resolve)
      using.catch(() => undefined)
    },
  })
  if (using === undefined) throw new Error(`The proxy did not listen: ${ended.stderr}`)
  await using
  return ended
}

/** An answer, whole. */
export interface PlainAnswer {
  status: number
  headers: IncomingMessage['headers']
  rawHeaders: string[]
  body: string
}

/** One request with headers that `fetch` would not send. */
export async function send(
  url: string,
  { body, ...options }: RequestOptions & { body?: string | Uint8Array } = {},
): Promise<PlainAnswer> {
  const sent = request(url, options)
  // It may be answered, and its connection closed, before its last byte is out.
  sent.on('error', () => undefined)
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const { statusCode: status = 0, headers, rawHeaders } = answer
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return { status, headers, rawHeaders, body: Buffer.concat(chunks).toString() }
}
