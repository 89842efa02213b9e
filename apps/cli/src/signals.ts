import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import type { Io } from './io.ts'

/** What of the process the signals need. */
export type SignalProcess = Pick<NodeJS.Process, 'pid' | 'on' | 'off' | 'listenerCount' | 'kill'> & {
  exit(code: number): unknown
}

type SignalFunctions = 'onSignal' | 'onReload' | 'beforeInterrupt' | 'untilStopped' | 'outliveOutput'

/** How the process ends: by signals, and because nobody reads its output any more. */
export type Signals = { [Name in SignalFunctions]: NonNullable<Io[Name]> } & {
  /** Call it when stdout has lost its reader. */
  onClosedOutput(): void
}

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** As a program that SIGPIPE ended; Node ignores that signal. */
const closedOutput = 128 + 13

/** Sets up how signals end the process. */
export function createSignals(own: SignalProcess, hasTerminal: () => boolean = hasOwnTerminal): Signals {
  const cleanups = new Set<() => void>()
  let outlives = false
  /** Whether somebody else decides what a signal means: then the command goes on, and cleans up when it ends. */
  let listeners = 0
  let hadTerminal: boolean | undefined
  const cleanUp = () => {
    for (const clean of cleanups) clean()
    cleanups.clear()
  }
  const onInterrupt = (signal: NodeJS.Signals) => {
    if (listeners > 0) return
    cleanUp()
    for (const each of interrupts) own.off(each, onInterrupt)
    // The signal itself ends the process, which is what a shell looks at. The kernel spares process 1.
    if (own.pid === 1) own.exit(128 + constants.signals[signal])
    else own.kill(own.pid, signal)
  }
  // Without a listener this signal opens Node's debugger, which shows everything that the process knows.
  own.on('SIGUSR1', () => undefined)
  // The kernel ignores what ends every other process: as process 1 of a container someone has to listen.
  if (own.pid === 1)
    for (const signal of interrupts)
      own.on(signal, () => {
        if (own.listenerCount(signal) === 1) own.exit(128 + constants.signals[signal])
      })
  return {
    onSignal(listener) {
      const signals = [...interrupts, 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
      listeners += 1
      for (const signal of signals) own.on(signal, listener)
      return () => {
        listeners -= 1
        for (const signal of signals) own.off(signal, listener)
      }
    },
    onReload(listener) {
      hadTerminal ??= hasTerminal()
      // A terminal that was closed sends the same signal as someone who asks for a reload.
      const onHangUp = () => (hadTerminal && !hasTerminal() ? own.kill(own.pid, 'SIGTERM') : listener())
      own.on('SIGHUP', onHangUp)
      return () => own.off('SIGHUP', onHangUp)
    },
    beforeInterrupt(clean) {
      if (cleanups.size === 0) for (const signal of interrupts) own.on(signal, onInterrupt)
      cleanups.add(clean)
      return () => {
        cleanups.delete(clean)
        if (cleanups.size === 0) for (const signal of interrupts) own.off(signal, onInterrupt)
      }
    },
    // Listened for only by commands that serve: all others end at once, as shells expect.
    untilStopped() {
      listeners += 1
      return Promise.race([
        once(own as NodeJS.Process, 'SIGINT'),
        once(own as NodeJS.Process, 'SIGTERM'),
      ]).finally(() => {
        listeners -= 1
      })
    },
    outliveOutput() {
      outlives = true
    },
    onClosedOutput() {
      if (outlives) return
      cleanUp()
      own.exit(closedOutput)
    },
  }
}

/** Whether the terminal that the process was started from is still there. */
function hasOwnTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
