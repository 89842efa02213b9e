import { Socket } from 'node:net'
import { afterEach, beforeEach, expect, vi } from 'vitest'

const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/

/** Libraries are silent: whatever is written to the console fails the test that it happens in. */
function guardConsole(): void {
  const written: string[] = []
  beforeEach(() => {
    written.length = 0
    for (const method of methods)
      vi.spyOn(console, method).mockImplementation(
        (...values) => void written.push(`${method}: ${values.join(' ')}`),
      )
  })
  afterEach(() => {
    vi.restoreAllMocks()
    expect(written, 'written to the console').toEqual([])
  })
}

/** Tests talk to this computer only: any other connection fails before it is made. */
function guardNetwork(): void {
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function guarded(this: Socket, ...values: unknown[]) {
    const [first] = values.flat() as [{ host?: string; path?: string } | undefined]
    const host = typeof first === 'object' ? first.host : undefined
    if (host !== undefined && !loopback.test(host)) throw new Error(`A test tried to reach ${host}`)
    return Reflect.apply(connect, this, values)
  } as typeof connect
}

/** Called by the setup file of every test run. */
export function installGuards(): void {
  guardConsole()
  guardNetwork()
}
