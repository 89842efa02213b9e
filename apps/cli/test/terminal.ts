import { stripVTControlCharacters } from 'node:util'
import { spawn } from '@lydell/node-pty'

/** Key strokes by their names. */
export const keys = {
  enter: '\r',
  down: '\u001B[B',
  up: '\u001B[A',
  space: ' ',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  escape: '\u001B',
  /** Empties the line. */
  ctrlU: '\u0015',
} as const

/** All that was written to a terminal, as a reader who goes on from what was read last. */
export interface Screen {
  /** Everything so far, with colours and movements. */
  raw(): string
  /** The same without them. */
  text(): string
  write(chunk: string): void
  /** Nothing more will come. */
  end(): void
  /** Resolves when the text appears after what was seen last. */
  sees(text: string): Promise<void>
}

/** Only a test that fails waits this long; it is less than a test may take, so that all is put away. */
const patienceMs = 300_000

function createScreen(): Screen {
  let raw = ''
  let read = 0
  let ended = false
  let check: (() => void) | undefined
  const text = () => stripVTControlCharacters(raw)
  return {
    raw: () => raw,
    text,
    write(chunk) {
      raw += chunk
      check?.()
    },
    end() {
      ended = true
      check?.()
    },
    sees: (wanted) =>
      new Promise((resolve, reject) => {
        const settle = (done: () => void) => {
          clearTimeout(timer)
          check = undefined
          done()
        }
        const missed = () =>
          settle(() => reject(new Error(`"${wanted}" was not seen. Since the last:\n${text().slice(read)}`)))
        const timer = setTimeout(missed, patienceMs)
        check = () => {
          const index = text().indexOf(wanted, read)
          if (index === -1) return ended ? missed() : undefined
          read = index + wanted.length
          settle(resolve)
        }
        check()
      }),
  }
}

/** A command that runs in a terminal of its own. */
export interface TerminalRun extends Disposable {
  pid: number
  screen: Screen
  /** Types at once. */
  type(...strokes: readonly string[]): void
  /** Waits until a question is open, then types. */
  answer(question: string, ...strokes: readonly string[]): Promise<void>
  /** Waits until an answer is named as wrong, then types. */
  correct(problem: string, ...strokes: readonly string[]): Promise<void>
  ended: Promise<{ exitCode: number; signal?: number | undefined }>
}

const bin = new URL('../src/bin.ts', import.meta.url).pathname

/** Runs the command as a process in a pseudo-terminal. */
export function runInTerminal(
  argv: readonly string[],
  { env, cwd }: { env: Readonly<Record<string, string>>; cwd: string },
): TerminalRun {
  const { PATH = '' } = process.env
  const screen = createScreen()
  const child = spawn(process.execPath, ['--conditions=@countersign/source', bin, ...argv], {
    name: 'xterm-256color',
    cols: 200,
    rows: 50,
    cwd,
    env: { PATH, TERM: 'xterm-256color', ...env },
  })
  child.onData((chunk) => screen.write(chunk))
  let running = true
  const ended = new Promise<{ exitCode: number; signal?: number | undefined }>((resolve) => {
    child.onExit((exit) => {
      running = false
      screen.end()
      resolve(exit)
    })
  })
  return {
    pid: child.pid,
    screen,
    ended,
    type(...strokes) {
      for (const stroke of strokes) child.write(stroke)
    },
    async answer(question, ...strokes) {
      await screen.sees(`◆  ${question}`)
      for (const stroke of strokes) child.write(stroke)
    },
    async correct(problem, ...strokes) {
      await screen.sees(`└  ${problem}`)
      for (const stroke of strokes) child.write(stroke)
    },
    [Symbol.dispose]() {
      if (running) child.kill('SIGKILL')
    },
  }
}
