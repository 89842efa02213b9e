import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { needService } from '../../../tools/services.ts'
import type { Scratch } from './run-command.ts'

/** Debian's tinyproxy on loopback. */
export interface RunningProxy extends AsyncDisposable {
  /** `http://127.0.0.1:8888` */
  url: string
  /** Whom it was asked to connect to, in the words of its log: `CONNECT localhost:443`. */
  asked(): string[]
}

/** Starts a tinyproxy; with `basicAuth`, a name and a password, for nobody else. */
export async function startTinyproxy(scratch: Scratch, basicAuth?: string): Promise<RunningProxy> {
  const port = await freePort()
  const settings = ['Listen 127.0.0.1', `Port ${port}`, 'Allow 127.0.0.1', 'LogLevel Info', 'MaxClients 20']
  if (basicAuth !== undefined) settings.push(`BasicAuth ${basicAuth}`)
  const file = await scratch.file('tinyproxy.conf', `${settings.join('\n')}\n`)
  const child = spawn(needService('tinyproxy'), ['-d', '-c', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    // Not inherited: what is left behind by a test that fails would hold the streams of the test run.
    createInterface(child.stderr).on('line', (line) => lines.push(line))
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      if (line.includes('Accepting connections')) resolve()
    })
    ended.then(() => reject(new Error(`tinyproxy ended: ${lines.join('\n')}`)), reject)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => lines.flatMap((line) => /Request \(.*\): (\S+ \S+) HTTP/.exec(line)?.[1] ?? []),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** tinyproxy cannot choose a free port. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
