import type { Clock, withGlobal } from '@sinonjs/fake-timers'
import { chai, customMatchers, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect'

/**
 * What the contract suite uses of Vitest, for runtimes on which Vitest does not run: its assertions are Vitest's
 * own, and tests run one after the other.
 */
chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

type Expect = ((value: unknown, message?: string) => unknown) & {
  extend(expect: unknown, matchers: object): void
}
export const expect = chai.expect as unknown as Expect
expect.extend(expect, customMatchers)

/** The bundler puts the module in its place; it sets a timer when it runs, which workerd allows within a request only. */
declare const require: (name: string) => { withGlobal: typeof withGlobal }

interface Case {
  title: string
  run: () => unknown
}
const cases: Case[] = []
const titles: string[] = []

/** The options are for Vitest: its limit of time. */
export function describe(title: string, _options: object, declare: () => void): void {
  titles.push(title)
  declare()
  titles.pop()
}

export function test(title: string, run: () => unknown): void {
  cases.push({ title: [...titles, title].join(' > '), run })
}

test.each = (rows: readonly unknown[]) => (title: string, run: (...row: unknown[]) => unknown) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row]
    test(filled(title, values), () => run(...values))
  }
}

function filled(title: string, values: readonly unknown[]): string {
  const [first] = values
  let index = 0
  return title
    .replace(/\$(\w+)/g, (_all, name) => String((first as Record<string, unknown>)?.[name]))
    .replace(/%[sj]/g, () => String(values[index++]))
}

let clock: Clock | undefined
export const vi = {
  useFakeTimers({ toFake }: { toFake: string[] }): void {
    clock = require('@sinonjs/fake-timers')
      .withGlobal(globalThis)
      .install({ toFake: toFake as never })
  },
  useRealTimers(): void {
    clock?.uninstall()
    clock = undefined
  },
  async advanceTimersByTimeAsync(ms: number): Promise<void> {
    await clock?.tickAsync(ms)
  },
  advanceTimersByTime(ms: number): void {
    clock?.tick(ms)
  },
}

/** How many tests hold, and which do not. */
export interface Result {
  passed: number
  failed: { title: string; message: string }[]
}

/** Runs what was declared. */
export async function runTests(): Promise<Result> {
  const result: Result = { passed: 0, failed: [] }
  for (const { title, run } of cases)
    try {
      await run()
      result.passed += 1
    } catch (error) {
      const message = error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
      result.failed.push({ title, message: message.slice(0, 2_000) })
    } finally {
      vi.useRealTimers()
    }
  return result
}
