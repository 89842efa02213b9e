import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { needService } from './services.ts'

/** A server of Redis or Valkey on loopback, in a folder of its own. */
export interface RedisServer {
  readonly port: number
  readonly folder: string
  readonly url: string
  /** The process, which tests stop, continue and kill. */
  readonly process: ChildProcess
  /** Runs one command by `redis-cli` and returns what it prints. */
  command(...parts: string[]): Promise<string>
  /** Resolves when the server has written a line that matches, now or before. */
  logged(line: RegExp): Promise<void>
  /** Kills the process; its folder stays. */
  kill(): Promise<void>
  /** Ends the process and removes the folder. */
  end(): Promise<void>
}

export interface RedisServerOptions {
  /** Directives of redis.conf. */
  config?: Readonly<Record<string, string>>
  /** A port that was in use before; default a free one. */
  port?: number
  /** A folder that was in use before; default a new one. */
  folder?: string
  /** Makes a Sentinel that watches the primary on this port, under the name `main`. */
  watches?: number
  /** Serves by TLS only, replication and cluster included. Clients need no certificate. */
  tls?: RedisTls
}

/** The paths of PEM files. */
export interface RedisTls {
  certificate: string
  key: string
  /** The authority of the certificates of all servers that talk to each other. */
  authority: string
}

const execute = promisify(execFile)

/** Starts a server and waits until it serves. Nothing is written to disk unless `config` says so. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToStart(options)
    } catch (error) {
      // Another program took the port meanwhile.
      if (options.port !== undefined || attempt === 5) throw error
    }
  }
}

async function tryToStart(options: RedisServerOptions): Promise<RedisServer> {
  const { watches, tls } = options
  const program = needService(process.env['COUNTERSIGN_REDIS'] === 'valkey' ? 'valkey' : 'redis')
  const port = options.port ?? (await freePort())
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'redis-'))
  const config = { ...(tls && toTlsDirectives(tls, port)), ...options.config }
  const child = spawn(program, parametersOf({ config, watches, port, folder }), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const lines: string[] = []
  const waiting = new Set<(line: string) => void>()
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    for (const hear of waiting) hear(line)
  })
  const logged = (wanted: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const hear = (line: string) => {
        if (!wanted.test(line)) return
        waiting.delete(hear)
        resolve()
      }
      waiting.add(hear)
      for (const line of lines) hear(line)
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`redis-server ended:\n${lines.slice(-50).join('\n')}`)))
    })
  // A Sentinel serves when it has found the replica.
  await logged(watches === undefined ? /Ready to accept connections/ : /\+slave /).catch((error: unknown) => {
    child.kill('SIGKILL')
    if (options.folder === undefined) remove()
    throw error
  })
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  const cli = join(dirname(program), basename(program).replace('server', 'cli'))
  return {
    port,
    folder,
    url: `${tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    process: child,
    async command(...parts) {
      const byTls = tls === undefined ? [] : ['--tls', '--cacert', tls.authority]
      const { stdout } = await execute(cli, ['-e', '-p', String(port), ...byTls, ...parts])
      return stdout.trim()
    },
    logged,
    kill,
    async end() {
      await kill()
      remove()
    },
  }
}

/** A server by TLS has no other port. */
function toTlsDirectives({ certificate, key, authority }: RedisTls, port: number): Record<string, string> {
  return {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': certificate,
    'tls-key-file': key,
    'tls-ca-cert-file': authority,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
    'tls-cluster': 'yes',
  }
}

/** The arguments of the program; a Sentinel wants a file that it can write to. */
function parametersOf({
  config,
  watches,
  port,
  folder,
}: Required<Pick<RedisServerOptions, 'config'>> & {
  watches: number | undefined
  port: number
  folder: string
}): string[] {
  const directives = Object.entries({ port: String(port), bind: '127.0.0.1', dir: folder, ...config })
  if (watches !== undefined) {
    const file = join(folder, 'sentinel.conf')
    const monitor = [
      `sentinel monitor main 127.0.0.1 ${watches} 1`,
      'sentinel down-after-milliseconds main 600000',
    ]
    writeFileSync(file, [...directives.map((pair) => pair.join(' ')), ...monitor, ''].join('\n'))
    return [file, '--sentinel']
  }
  const inMemory = Object.entries({ save: '', appendonly: 'no', ...config })
  return [...directives, ...inMemory].flatMap(([name, value]) => [`--${name}`, value])
}

/** The slots of a cluster, of which each of three nodes has a third. */
const slots = 16_384

/** Starts a cluster of three nodes without replicas and waits until each knows the others. */
export async function startRedisCluster(
  options: Pick<RedisServerOptions, 'config' | 'tls'> = {},
): Promise<RedisServer[]> {
  const nodes = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const busPort = await freePort()
      const config = { ...options.config, 'cluster-enabled': 'yes', 'cluster-port': String(busPort) }
      return { busPort, server: await startRedis({ ...options, config }) }
    }),
  )
  const third = Math.ceil(slots / nodes.length)
  for (const [index, { server }] of nodes.entries()) {
    const [from, to] = [index * third, Math.min((index + 1) * third, slots) - 1]
    await server.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    await server.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
  }
  const [first, ...others] = nodes
  for (const { server, busPort } of others)
    await first?.server.command('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort))
  await Promise.all(nodes.map(({ server }) => server.logged(/Cluster state changed: ok/)))
  return nodes.map(({ server }) => server)
}

/** A TCP port of loopback that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
