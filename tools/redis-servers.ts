import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
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
  /** Further arguments, such as `--sentinel`. */
  parameters?: readonly string[]
  /** The line by which the server says that it serves. */
  ready?: RegExp
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
  const { config = {}, parameters = [], ready = /Ready to accept connections/ } = options
  const program = needService('redis')
  const port = options.port ?? (await freePort())
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'redis-'))
  const directives = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    ...config,
  }
  const given = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(program, [...parameters, ...given], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      if (lines.length < 50) lines.push(line)
      if (ready.test(line)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`redis-server ended:\n${lines.join('\n')}`)))
  }).catch((error: unknown) => {
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
    url: `redis://127.0.0.1:${port}`,
    process: child,
    async command(...parts) {
      const { stdout } = await execute(cli, ['-e', '-p', String(port), ...parts])
      return stdout.trim()
    },
    kill,
    async end() {
      await kill()
      remove()
    },
  }
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
