import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { ServedProviders } from './with-emulator.ts'

const bin = new URL('../src/bin.ts', import.meta.url).pathname

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the process with 0, whatever hangs, waits or follows',
  async (signal) => {
    const argv = ['emulator', '--port', '0', '--json', '--fault', 'utgl=hang', '--fault', 'victor=delay:1h']
    const child = spawn(process.execPath, ['--conditions=@countersign/source', bin, ...argv], {
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    const log = text(child.stderr)
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { providers, controlUrl } = JSON.parse(line) as ServedProviders
    const events = await fetch(`${controlUrl}/journal/events`)
    const follower = events.text().catch(() => 'broken')
    const waiting = ['utgl', 'victor'].map((id) => fetch(providers[id]?.baseUrl ?? '').catch(() => 'broken'))
    const arrived = async () => {
      const { requests } = (await (await fetch(`${controlUrl}/journal`)).json()) as { requests: unknown[] }
      return requests.length === waiting.length
    }
    while (!(await arrived())) await new Promise((resolve) => setImmediate(resolve))
    child.kill(signal)
    expect(await ended).toEqual([0, null])
    expect(await Promise.all([follower, ...waiting])).toEqual(['broken', 'broken', 'broken'])
    expect(await log).toMatch(/utgl GET \/utgl\/v1 no answer \(api, fault: hang\)\n/)
  },
)
