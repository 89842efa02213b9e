import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** Says where a signal comes from. */
export interface Keyboard {
  /** Whether the terminal sent the signal that just came, and so to every program in its foreground. */
  sentSignal(): Promise<boolean>
  stop(): void
}

/** A signal of the terminal reaches all programs at once; this is for a machine that is busy. */
const graceMs = 250

/**
 * Watches what the keyboard sends. A process cannot see who sent a signal, so an idle program waits beside it
 * in the same process group: Ctrl-C ends that one too, a signal to this process alone does not.
 */
export function watchKeyboard(): Keyboard {
  const start = () => {
    const idle = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: process.env['PATH'] } })
    idle.unref()
    // It waits for an end of this input that comes when this process ends.
    ;(idle.stdin as Socket | null)?.unref()
    const ended = new Promise<true>((resolve) => {
      idle.once('exit', () => resolve(true))
      // Where there is no such program the terminal is believed to have sent every signal.
      idle.once('error', () => resolve(true))
    })
    return { idle, ended }
  }
  let stopped = false
  let watch: { idle: ChildProcess; ended: Promise<true> } = start()
  return {
    async sentSignal() {
      const ended = await Promise.race([watch.ended, setTimeout(graceMs, false)])
      if (ended && !stopped) watch = start()
      return ended
    },
    stop() {
      stopped = true
      watch.idle.kill('SIGKILL')
    },
  }
}
